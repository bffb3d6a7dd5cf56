// Compares the store with LangGraph's InMemoryStore, which gets the same calls: any difference is an error.
// Then reads the store as it was before.
import assert from 'node:assert/strict';

import { InMemoryStore } from '@langchain/langgraph-checkpoint';
import { SpectraStore } from 'spectradb/langgraph';
import { expect, it } from 'vitest';

// Numbers come from a seed, so that a failure can be repeated.
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const LABELS = ['a', 'b', 'a,b', 'ä', '"', '100%'];
const WORDS = ['cat', 'dog', 'fox', 'owl'];

// Each word has a direction of its own.
const embeddings = {
  embedQuery: async (text) => WORDS.map((word) => text.split(' ').filter((each) => each === word).length + 0.01),
  embedDocuments: async (texts) => Promise.all(texts.map((text) => embeddings.embedQuery(text))),
};

const plain = (items) => items.map(({ namespace, key, value, score }) => ({ namespace, key, value, ...(score === undefined ? {} : { score: Number(score.toFixed(5)) }) }));
const inOrder = (items) => plain(items).sort((x, y) => (JSON.stringify(x) < JSON.stringify(y) ? -1 : 1));

async function compare(seed, index) {
  const number = numbers(seed);
  const pick = (list) => list[number(list.length)];
  const namespace = () => Array.from({ length: 1 + number(3) }, () => pick(LABELS));
  const value = () => ({ n: number(5), word: pick(WORDS), text: `${pick(WORDS)} ${pick(WORDS)}` });
  const ours = new SpectraStore(':memory:', { index });
  const theirs = new InMemoryStore({ index });
  const both = async (ask) => Promise.all([ask(ours), ask(theirs)]);
  for (let step = 0; step < 150; ++step) {
    const where = namespace();
    const key = pick(['k1', 'k2', 'k3']);
    const what = number(8);
    if (what < 4) {
      const given = value();
      await both((store) => store.put(where, key, structuredClone(given)));
    } else if (what === 4) {
      await both((store) => store.delete(where, key));
      // InMemoryStore would still list a namespace whose items are all deleted.
      for (const [name, items] of theirs.data) if (items.size === 0) theirs.data.delete(name);
    } else if (what === 5) {
      const [our, their] = await both((store) => store.get(where, key));
      assert.deepEqual(our && plain([our]), their && plain([their]));
    } else if (what === 6) {
      const filter = pick([undefined, { n: 3 }, { n: { $gt: 2 } }, { n: { $gte: 1, $lt: 4 } }, { word: { $ne: 'cat' } }, { word: { $in: ['dog', 'owl'] } }]);
      const prefix = where.slice(0, number(3));
      const [our, their] = await both((store) => store.search(prefix, { filter, limit: 1000 }));
      assert.deepEqual(inOrder(our), inOrder(their));
      const pages = [];
      for (let offset = 0; offset < our.length; offset += 3) pages.push(...(await ours.search(prefix, { filter, limit: 3, offset })));
      assert.deepEqual(plain(pages), plain(our));
      if (index) {
        const query = pick(WORDS);
        const [ourFound, theirFound] = await both((store) => store.search(prefix, { filter, query, limit: 1000 }));
        assert.deepEqual(plain(ourFound).map(({ score }) => score), plain(theirFound).map(({ score }) => score));
      }
    } else {
      const options = pick([{}, { maxDepth: 1 }, { prefix: where.slice(0, 1) }, { suffix: where.slice(-1) }, { prefix: ['*', where[0]] }]);
      const [our, their] = await both((store) => store.listNamespaces(options));
      const texts = (list) => list.map((each) => JSON.stringify(each)).sort();
      assert.deepEqual(texts(our), texts(their));
    }
  }
  ours.stop();
}

for (let seed = 1; seed <= 10; ++seed) it(`is as InMemoryStore, seed ${seed}`, () => compare(seed));
for (let seed = 1; seed <= 5; ++seed)
  it(`is as InMemoryStore with embeddings, seed ${seed}`, () => compare(seed, { dims: 4, embeddings, fields: ['text'] }));

it('reads the past', async () => {
  const store = new SpectraStore(':memory:', { index: { dims: 4, embeddings, fields: ['text'] } });
  await store.put(['u'], 'pet', { text: 'cat' });
  const commit = store.db.commit;
  await store.put(['u'], 'pet', { text: 'dog' });
  await store.put(['u'], 'other', { text: 'owl' });
  const past = store.asOf(commit);
  expect((await past.get(['u'], 'pet')).value).toEqual({ text: 'cat' });
  expect((await past.search(['u'], { query: 'cat' })).map(({ key }) => key)).toEqual(['pet']);
  expect((await store.search(['u'], { query: 'dog' }))[0].value).toEqual({ text: 'dog' });
  await expect(past.put(['u'], 'x', {})).rejects.toThrow(/past cannot be written/);
});

// A store for LangGraph's long-term memory that keeps every state of each item: asOf(time) reads items as
// they were then.
import { BaseStore, validateNamespace } from '@langchain/langgraph-checkpoint';

import shared from './key_value.js';

const ITEMS = 'ns TEXT, key TEXT, value TEXT, created INTEGER, updated INTEGER, PRIMARY KEY (ns, key)';
const VECTORS = 'ns TEXT, key TEXT, path TEXT, vector BLOB, PRIMARY KEY (ns, key, path)';

const isPutting = (operation) => 'value' in operation;
const isGetting = (operation) => 'key' in operation && !isPutting(operation);
const isSearching = (operation) => 'namespacePrefix' in operation;

const OPERATORS = {
  $eq: (item, value) => item === value,
  $ne: (item, value) => item !== value,
  $gt: (item, value) => Number(item) > Number(value),
  $gte: (item, value) => Number(item) >= Number(value),
  $lt: (item, value) => Number(item) < Number(value),
  $lte: (item, value) => Number(item) <= Number(value),
  $in: (item, value) => Array.isArray(value) && value.includes(item),
  $nin: (item, value) => !Array.isArray(value) || !value.includes(item),
};

function isMatching(item, wanted) {
  if (wanted === null || typeof wanted !== 'object' || !Object.keys(wanted).every((name) => name in OPERATORS)) return item === wanted;
  return Object.entries(wanted).every(([name, value]) => OPERATORS[name](item, value));
}

function isMatchingPath({ matchType, path }, ns) {
  if (matchType !== 'prefix' && matchType !== 'suffix') throw new Error(`Unsupported match type: ${matchType}`);
  const start = matchType === 'prefix' ? 0 : ns.length - path.length;
  return path.length <= ns.length && path.every((label, index) => label === '*' || label === ns[start + index]);
}

// Namespaces are stored as JSON, so that those below one are a range of texts.
function conditionOf(prefix) {
  if (prefix.length === 0) return { where: '', values: [] };
  const text = JSON.stringify(prefix);
  return { where: 'WHERE ns = ? OR (ns >= ? AND ns < ?)', values: [text, ...shared.rangeOf(text.slice(0, -1) + ',')] };
}

// Returns the texts at a path in InMemoryStore's form: "$", "title", "meta.tags[*]", "chapters[0].text".
function textsAt(value, path) {
  if (path === '$') return [JSON.stringify(value, null, 2)];
  let found = [value];
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    found = found.flatMap((each) => {
      if (each === null || typeof each !== 'object') return [];
      if (step === '*') return Object.values(each);
      return [Array.isArray(each) ? each.at(Number(step)) : each[step]];
    });
  }
  return found.filter((each) => each !== null && ['string', 'number', 'boolean'].includes(typeof each)).map(String);
}

function itemOf({ ns, key, value, created, updated }) {
  return { value: JSON.parse(value), key, namespace: JSON.parse(ns), createdAt: new Date(created), updatedAt: new Date(updated) };
}

export class SpectraStore extends BaseStore {
  /**
   * @param source a path, or an open database of spectradb
   * @param options index: { dims, embeddings, fields } as InMemoryStore takes it
   */
  constructor(source = ':memory:', { table = 'langgraph_store', index, ...options } = {}) {
    super();
    const { db, isOwn } = shared.databaseOf(source, options);
    this.db = db;
    this.isOwn = isOwn;
    this.options = { table, index };
    this.items = shared.quoted(table);
    this.vectors = shared.quoted(`${table}_vector`);
    this.reader = db; // the database, or a handle that reads the past
    this.isPast = false;
    if (index) this.index = { ...index, fields: index.fields ?? ['$'] };
    db.exec(`CREATE TABLE IF NOT EXISTS ${this.items} (${ITEMS}) WITH SYSTEM VERSIONING`);
    if (index) db.exec(`CREATE TABLE IF NOT EXISTS ${this.vectors} (${VECTORS}) WITH SYSTEM VERSIONING`);
  }

  /** Returns the store as it was; it can be read, and writes fail. */
  asOf(time) {
    const past = new SpectraStore(this.db, this.options);
    past.reader = this.db.asOf(time);
    past.isPast = true;
    return past;
  }

  async batch(operations) {
    const puts = new Map();
    const results = [];
    for (const operation of operations) {
      if (operation.namespace) validateNamespace(operation.namespace, { allowReservedRoot: true });
      if (isPutting(operation)) {
        puts.set(JSON.stringify([operation.namespace, operation.key]), operation);
        results.push(null);
      } else if (isGetting(operation)) results.push(this.#get(operation));
      else if (isSearching(operation)) results.push(await this.#search(operation));
      else results.push(this.#listNamespaces(operation));
    }
    if (puts.size > 0) await this.#put([...puts.values()]);
    return results;
  }

  #get({ namespace, key }) {
    const row = this.reader.get(`SELECT * FROM ${this.items} WHERE ns = ? AND key = ?`, JSON.stringify(namespace), key);
    return row === undefined ? null : itemOf(row);
  }

  async #put(operations) {
    if (this.isPast) throw new Error('the past cannot be written');
    const embedded = await this.#embed(operations);
    const now = Date.now();
    this.db
      .transaction(() => {
        for (const operation of operations) {
          const at = [JSON.stringify(operation.namespace), operation.key];
          if (this.index) this.db.run(`DELETE FROM ${this.vectors} WHERE ns = ? AND key = ?`, ...at);
          if (operation.value === null) {
            this.db.run(`DELETE FROM ${this.items} WHERE ns = ? AND key = ?`, ...at);
            continue;
          }
          this.db.run(
            `INSERT INTO ${this.items} VALUES (?, ?, ?, ?, ?) ` +
              'ON CONFLICT (ns, key) DO UPDATE SET value = excluded.value, updated = excluded.updated',
            ...at,
            JSON.stringify(operation.value),
            BigInt(now),
            BigInt(now),
          );
          for (const [path, vector] of embedded.get(operation) ?? [])
            this.db.run(`INSERT INTO ${this.vectors} VALUES (?, ?, ?, spectradb_vector(?))`, ...at, path, JSON.stringify(vector));
        }
      })
      .immediate();
  }

  // Embeds the items that are put; returns their vectors by path.
  async #embed(operations) {
    const texts = [];
    const found = new Map();
    if (!this.index?.embeddings) return found;
    for (const operation of operations) {
      if (operation.value === null || operation.index === false) continue;
      for (const path of operation.index ?? this.index.fields)
        textsAt(operation.value, path).forEach((text, place, all) =>
          texts.push({ operation, text, path: all.length > 1 ? `${path}.${place}` : path }),
        );
    }
    if (texts.length === 0) return found;
    const vectors = await this.index.embeddings.embedDocuments(texts.map(({ text }) => text));
    texts.forEach(({ operation, path }, place) => {
      if (!found.has(operation)) found.set(operation, []);
      found.get(operation).push([path, vectors[place]]);
    });
    return found;
  }

  async #search({ namespacePrefix, filter, limit = 10, offset = 0, query }) {
    const { where, values } = conditionOf(namespacePrefix);
    let items = this.reader.all(`SELECT * FROM ${this.items} ${where} ORDER BY ns, key`, ...values).map(itemOf);
    if (filter) items = items.filter(({ value }) => Object.entries(filter).every(([name, wanted]) => isMatching(value[name], wanted)));
    if (!query || !this.index?.embeddings) return items.slice(offset, offset + limit).map((item) => ({ ...item, score: undefined }));
    const vector = await this.index.embeddings.embedQuery(query);
    const scores = new Map();
    const rows = this.reader.all(
      `SELECT ns, key, max(1 - spectradb_distance_cosine(vector, spectradb_vector(?))) AS score FROM ${this.vectors} ${where} GROUP BY ns, key`,
      JSON.stringify(vector),
      ...values,
    );
    for (const { ns, key, score } of rows) scores.set(JSON.stringify([JSON.parse(ns), key]), score);
    const scored = items.map((item) => ({ ...item, score: scores.get(JSON.stringify([item.namespace, item.key])) }));
    // Items without a vector come last.
    scored.sort((a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || 0);
    return scored.slice(offset, offset + limit);
  }

  #listNamespaces({ matchConditions = [], maxDepth, limit, offset = 0 }) {
    let all = this.reader.all(`SELECT DISTINCT ns FROM ${this.items} ORDER BY ns`).map(({ ns }) => JSON.parse(ns));
    all = all.filter((ns) => matchConditions.every((condition) => isMatchingPath(condition, ns)));
    if (maxDepth !== undefined) all = [...new Set(all.map((ns) => JSON.stringify(ns.slice(0, maxDepth))))].map((text) => JSON.parse(text));
    return all.slice(offset, limit === undefined ? undefined : offset + limit);
  }

  stop() {
    if (this.isOwn && !this.isPast) this.db.close();
  }
}

'use strict';
// A store for Keyv, which keeps every value that a key ever had.

const { EventEmitter } = require('node:events');

const { databaseOf, quoted, rangeOf } = require('./key_value.js');
const { checkTime } = require('./view.js');

const SEPARATOR = ':'; // between a namespace and a key, as Keyv writes it

class KeyvSpectra extends EventEmitter {
  /** @param {string | import('./database.js').Database} source a path, or an open database */
  constructor(source = ':memory:', { table = 'keyv', ...options } = {}) {
    super();
    const { db, isOwn } = databaseOf(source, options);
    this.db = db;
    this.isOwn = isOwn;
    this.table = table;
    this.namespace = undefined;
    this.opts = { url: typeof source === 'string' ? source : db.native.location?.() ?? '', dialect: 'sqlite', table };
    db.exec(`CREATE TABLE IF NOT EXISTS ${quoted(table)} (key TEXT PRIMARY KEY, value TEXT) WITH SYSTEM VERSIONING`);
    const name = quoted(table);
    this.reading = db.prepare(`SELECT value FROM ${name} WHERE key = ?`);
    this.writing = db.prepare(`INSERT OR REPLACE INTO ${name} VALUES (?, ?)`);
    this.deleting = db.prepare(`DELETE FROM ${name} WHERE key = ?`);
  }

  get(key) {
    return this.reading.get(key)?.value;
  }
  getMany(keys) {
    return keys.map((key) => this.get(key));
  }
  has(key) {
    return this.reading.get(key) !== undefined;
  }
  hasMany(keys) {
    return keys.map((key) => this.has(key));
  }
  set(key, value) {
    this.writing.run(key, value);
    return true;
  }
  setMany(entries) {
    this.db.transaction(() => entries.forEach(({ key, value }) => this.set(key, value)))();
    return entries.map(() => true);
  }
  delete(key) {
    return this.deleting.run(key).changes > 0;
  }
  deleteMany(keys) {
    return this.db.transaction(() => keys.map((key) => this.delete(key)).some(Boolean))();
  }
  clear() {
    const name = quoted(this.table);
    if (!this.namespace) this.db.run(`DELETE FROM ${name}`);
    else this.db.run(`DELETE FROM ${name} WHERE key >= ? AND key < ?`, ...rangeOf(this.namespace + SEPARATOR));
  }

  /** Gives the keys and values of a namespace, all as they are when the iterator begins. */
  async *iterator(namespace) {
    const where = namespace ? 'WHERE key >= ? AND key < ?' : '';
    const bounds = namespace ? rangeOf(namespace + SEPARATOR) : [];
    yield* entriesOf(this.db.asOf(this.db.commit), this.table, where, bounds);
  }

  /** Returns the store as it was; it can be read, and writes fail. */
  asOf(time) {
    const view = this.db.asOf(checkTime(time, 'asOf'));
    const select = `SELECT value FROM ${quoted(this.table)} WHERE key = ?`;
    const refuse = () => {
      throw new Error('the past cannot be written');
    };
    return Object.assign(new EventEmitter(), {
      opts: this.opts,
      namespace: this.namespace,
      get: (key) => view.get(select, key)?.value,
      getMany: (keys) => keys.map((key) => view.get(select, key)?.value),
      has: (key) => view.get(select, key) !== undefined,
      async *iterator(namespace) {
        const bounds = namespace ? rangeOf(namespace + SEPARATOR) : [];
        yield* entriesOf(view, this.opts.table, namespace ? 'WHERE key >= ? AND key < ?' : '', bounds);
      },
      set: refuse,
      delete: refuse,
      clear: refuse,
    });
  }

  disconnect() {
    if (this.isOwn) this.db.close();
  }
}

function* entriesOf(view, table, where, bounds) {
  for (const { key, value } of view.all(`SELECT key, value FROM ${quoted(table)} ${where} ORDER BY key`, ...bounds)) yield [key, value];
}

module.exports = KeyvSpectra;
module.exports.KeyvSpectra = KeyvSpectra; // exported by itself, so that ES modules find the name
module.exports.default = KeyvSpectra;

'use strict';
// Implements abstract-level over a temporal table. A snapshot is a commit number: it holds no lock, costs
// nothing, and outlives the process.

const { AbstractIterator, AbstractLevel, AbstractSnapshot } = require('abstract-level');

const { databaseOf, quoted } = require('./key_value.js');

const BATCH = 100; // rows that an iterator reads at once
const BOUNDS = [
  ['gt', '>', 'gte'],
  ['gte', '>='],
  ['lt', '<', 'lte'],
  ['lte', '<='],
];

class Snapshot extends AbstractSnapshot {
  constructor(options, commit) {
    super(options);
    this.commit = commit;
  }
}

/** Returns the conditions on keys that a range means; of two bounds on one side the inclusive one counts first. */
function conditionsOf(options) {
  const conditions = [];
  const values = [];
  for (const [bound, operator, other] of BOUNDS) {
    if (options[bound] === undefined || (other !== undefined && options[other] !== undefined)) continue;
    conditions.push(`key ${operator} ?`);
    values.push(options[bound]);
  }
  return { conditions, values };
}

const whereOf = (conditions) => (conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '');

function isOutside(key, options) {
  const compare = (bound) => Buffer.compare(key, bound);
  if (options.reverse)
    return options.gte !== undefined ? compare(options.gte) < 0 : options.gt !== undefined && compare(options.gt) <= 0;
  return options.lte !== undefined ? compare(options.lte) > 0 : options.lt !== undefined && compare(options.lt) >= 0;
}

class Iterator extends AbstractIterator {
  #options;
  #commit;
  #rows = [];
  #last = null; // the iterator continues after this key
  #isLastMeant = false; // whether the iterator includes that key
  #isDone = false;

  constructor(db, options) {
    super(db, options);
    this.#options = options;
    this.#commit = options.snapshot ? options.snapshot.commit : db.commit;
  }

  async _next() {
    if (this.#rows.length === 0) this.#read();
    const row = this.#rows.shift();
    if (row === undefined) return undefined;
    this.#last = row.key;
    this.#isLastMeant = false;
    return [Buffer.from(row.key), row.value === undefined ? undefined : Buffer.from(row.value)];
  }

  #read() {
    if (this.#isDone) return;
    const { reverse, values: areValues } = this.#options;
    const { conditions, values } = conditionsOf(this.#options);
    if (this.#last !== null) {
      conditions.push(`key ${reverse ? '<' : '>'}${this.#isLastMeant ? '=' : ''} ?`);
      values.push(this.#last);
    }
    const columns = areValues === false ? 'key' : 'key, value';
    const order = reverse ? 'DESC' : 'ASC';
    this.#rows = this.db.sql.all(
      `SELECT ${columns} FROM ${this.db.source}(?) ${whereOf(conditions)} ORDER BY key ${order} LIMIT ${BATCH}`,
      this.#commit,
      ...values,
    );
    this.#isDone = this.#rows.length < BATCH;
  }

  _seek(target) {
    this.#rows = [];
    this.#isDone = isOutside(target, this.#options);
    this.#last = target;
    this.#isLastMeant = true;
  }
}

class SpectraLevel extends AbstractLevel {
  #location;
  #table;
  #options;
  #statements = null;
  #isOwn = false;

  /** @param {string | import('./database.js').Database} location a path, or an open database */
  constructor(location = ':memory:', { table = 'level', database, ...options } = {}) {
    super(
      { encodings: { buffer: true }, implicitSnapshots: true, explicitSnapshots: true, seek: true, has: true, getSync: true },
      options,
    );
    this.#location = location;
    this.#table = table;
    this.#options = database;
    this.source = quoted(table);
    this.sql = null;
  }

  async _open() {
    if (this.sql === null) {
      const { db, isOwn } = databaseOf(this.#location, this.#options);
      this.sql = db;
      this.#isOwn = isOwn;
      db.exec(`CREATE TABLE IF NOT EXISTS ${this.source} (key BLOB PRIMARY KEY, value BLOB) WITH SYSTEM VERSIONING`);
    }
    const prepare = (sql) => this.sql.prepare(sql);
    this.#statements = {
      get: prepare(`SELECT value FROM ${this.source} WHERE key = ?`),
      getAt: prepare(`SELECT value FROM ${this.source}(?) WHERE key = ?`),
      put: prepare(`INSERT OR REPLACE INTO ${this.source} VALUES (?, ?)`),
      del: prepare(`DELETE FROM ${this.source} WHERE key = ?`),
      commit: prepare('SELECT spectradb_commit() AS n'),
    };
  }
  // A database in memory lives as long as the object, so that it can be opened again.
  async _close() {
    this.#statements = null;
    if (!this.#isOwn || this.#location === ':memory:') return;
    this.sql.close();
    this.sql = null;
  }

  /** The number of the last commit. */
  get commit() {
    return this.#statements.commit.get().n;
  }
  /** Returns a snapshot of any commit that ever was. */
  snapshotAt(commit) {
    return new Snapshot({ owner: this }, commit);
  }

  _getSync(key, { snapshot }) {
    const row = snapshot ? this.#statements.getAt.get(snapshot.commit, key) : this.#statements.get.get(key);
    return row && Buffer.from(row.value);
  }
  async _get(key, options) {
    return this._getSync(key, options);
  }
  async _getMany(keys, options) {
    return keys.map((key) => this._getSync(key, options));
  }
  async _has(key, options) {
    return this._getSync(key, options) !== undefined;
  }
  async _hasMany(keys, options) {
    return keys.map((key) => this._getSync(key, options) !== undefined);
  }
  async _put(key, value) {
    this.#statements.put.run(key, value);
  }
  async _del(key) {
    this.#statements.del.run(key);
  }
  async _batch(operations) {
    this.sql.transaction(() => {
      for (const { type, key, value } of operations) {
        if (type === 'put') this.#statements.put.run(key, value);
        else this.#statements.del.run(key);
      }
    })();
  }
  _iterator(options) {
    return new Iterator(this, options);
  }
  _snapshot(options) {
    return new Snapshot(options, this.commit);
  }
  async _clear(options) {
    const { conditions, values } = conditionsOf(options);
    const commit = options.snapshot ? options.snapshot.commit : this.commit;
    const order = options.reverse ? 'DESC' : 'ASC';
    const limit = options.limit === undefined || options.limit === Infinity ? -1 : options.limit;
    const keys = this.sql.all(
      `SELECT key FROM ${this.source}(?) ${whereOf(conditions)} ORDER BY key ${order} LIMIT ?`,
      commit,
      ...values,
      BigInt(limit),
    );
    this.sql.transaction(() => keys.forEach(({ key }) => this.#statements.del.run(key)))();
  }
}

module.exports = { SpectraLevel };

'use strict';
// Has open(), which opens a database of node:sqlite that understands temporal SQL.

const { Engine, isNamed } = require('./engine.js');
const { Prepared } = require('./prepared.js');
const { getLoadablePath, load } = require('./module.js');
const { makeTransaction } = require('./transaction.js');
const { View, checkTime } = require('./view.js');
const { changes, diff, history } = require('./history.js');

class Statement {
  #prepared;
  constructor(prepared) {
    this.#prepared = prepared;
  }
  get source() {
    return this.#prepared.source;
  }
  all(...given) {
    return this.#prepared.all(given);
  }
  get(...given) {
    return this.#prepared.get(given);
  }
  run(...given) {
    return this.#prepared.run(given);
  }
  iterate(...given) {
    return this.#prepared.iterate(given);
  }
  columns() {
    return this.#prepared.columns();
  }
  /** Says whether all integers are read as BigInts; otherwise only those are that a number cannot hold. */
  setReadBigInts(isOn) {
    this.#prepared.bigInts = isOn;
    return this;
  }
}

class Database {
  #texts = new WeakMap(); // of templates

  constructor(path, { timeout = 5000, module = getLoadablePath(), ...options } = {}) {
    const { DatabaseSync } = require('node:sqlite');
    this.native = new DatabaseSync(path, { ...options, allowExtension: true });
    try {
      load(this.native, module);
      this.native.enableLoadExtension(false);
      this.native.exec(`PRAGMA busy_timeout = ${Number(timeout)}`);
      this.engine = new Engine(this.native);
    } catch (error) {
      this.native.close();
      throw error;
    }
  }

  prepare(sql) {
    return new Statement(new Prepared(this.engine, sql));
  }
  exec(sql) {
    this.engine.exec(sql);
    return this;
  }
  all(sql, ...given) {
    return this.prepare(sql).all(...given);
  }
  get(sql, ...given) {
    return this.prepare(sql).get(...given);
  }
  run(sql, ...given) {
    return this.prepare(sql).run(...given);
  }
  iterate(sql, ...given) {
    return this.prepare(sql).iterate(...given);
  }

  /** Takes a template, whose inserted values become parameters. */
  sql(strings, ...values) {
    let text = this.#texts.get(strings);
    if (text === undefined) this.#texts.set(strings, (text = strings.join('?')));
    const statement = this.prepare(text);
    return {
      all: () => statement.all(...values),
      get: () => statement.get(...values),
      run: () => statement.run(...values),
      iterate: () => statement.iterate(...values),
      [Symbol.iterator]: () => statement.iterate(...values),
    };
  }

  get inTransaction() {
    return this.engine.inTransaction;
  }
  transaction(body) {
    return makeTransaction(this, body);
  }

  /** The number of the last commit. */
  get commit() {
    return this.get('SELECT spectradb_commit() AS n').n;
  }
  asOf(time) {
    return new View(this, { system: checkTime(time, 'asOf') });
  }
  validAt(time) {
    return new View(this, { valid: checkTime(time, 'validAt') });
  }
  history(table, key) {
    return history(this, table, key);
  }
  diff(table, from, to, valid) {
    return diff(this, table, from, to, valid);
  }
  changes(options) {
    return changes(this, options);
  }

  /** Annotates the open transaction; given a function, the transaction in which that runs. */
  annotate(notes, body) {
    if (!isNamed(notes)) throw new TypeError('annotate() takes an object of names and values');
    if (body !== undefined)
      return this.transaction(() => {
        this.annotate(notes);
        return body();
      })();
    for (const [name, value] of Object.entries(notes))
      if (isNamed(value) || Array.isArray(value)) throw new TypeError(`annotate(): ${name} is an object: give its JSON as a text, or a note for each of its values`);
    for (const [name, value] of Object.entries(notes)) this.get('SELECT spectradb_annotate(?, ?)', name, value);
    return undefined;
  }

  close() {
    this.native.close();
  }
  [Symbol.dispose || Symbol.for('Symbol.dispose')]() {
    this.close();
  }
}

/** Opens a database, and makes it if it does not exist. */
const open = (path, options) => new Database(path, options);

module.exports = { Database, open };

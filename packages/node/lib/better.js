'use strict';
// Has better-sqlite3's interface over a connection of better-sqlite3 or node:sqlite: software for
// better-sqlite3, such as Kysely, Knex, Drizzle and TypeORM, works on temporal tables with it.

const fs = require('node:fs');

const { Engine, SqliteError } = require('./engine.js');
const { getLoadablePath, load } = require('./module.js');
const { Prepared } = require('./prepared.js');
const { makeTransaction } = require('./transaction.js');

const MODES = ['pluck', 'raw', 'expand'];

// TypeORM reads the texts of indexes from sqlite_master, which has none of temporal tables, and needs all
// of them.
const ASKS_FOR_INDEXES = /"sqlite_master"(?= WHERE "type" = 'index' AND "tbl_name" IN \()/;
const ALL_TEXTS =
  "(SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master UNION ALL SELECT 'index', l.name, t.name, 0, " +
  "'CREATE ' || iif(l.\"unique\", 'UNIQUE ', '') || 'INDEX \"' || replace(l.name, '\"', '\"\"') || '\" ON \"' || replace(t.name, '\"', '\"\"') || '\" ' || i.definition " +
  'FROM _spectradb_tables AS t, pragma_index_list(t.name) AS l LEFT JOIN _spectradb_indexes AS i ON i.table_id = t.id AND i.name = l.name)';

class Statement {
  #prepared;
  #mode = null; // one of MODES
  #bound = null;

  constructor(database, sql) {
    this.database = database;
    this.#prepared = new Prepared(database.engine, sql);
    this.#prepared.bigInts = database.bigInts;
  }

  get source() {
    return this.#prepared.source;
  }
  get reader() {
    return this.#prepared.isReader;
  }
  get readonly() {
    return this.#prepared.part.isSelect || (this.#prepared.part.mayRead && !/\b(?:INSERT|UPDATE|DELETE|REPLACE)\b/i.test(this.source));
  }
  get busy() {
    return false;
  }

  #setMode(mode, isOn) {
    if (typeof isOn !== 'boolean') throw new TypeError('Expected first argument to be a boolean');
    if (!this.reader) throw new TypeError(`The ${mode}() method is only for statements that return data`);
    if (isOn) this.#mode = mode;
    else if (this.#mode === mode) this.#mode = null;
    return this;
  }
  pluck(isOn = true) {
    return this.#setMode('pluck', isOn);
  }
  raw(isOn = true) {
    return this.#setMode('raw', isOn);
  }
  expand(isOn = true) {
    return this.#setMode('expand', isOn);
  }
  safeIntegers(isOn = true) {
    this.#prepared.bigInts = isOn;
    return this;
  }
  bind(...given) {
    if (this.#bound !== null) throw new TypeError('The bind() method can only be invoked once per statement object');
    this.#bound = given;
    return this;
  }
  columns() {
    if (!this.reader) throw new TypeError('The columns() method is only for statements that return data');
    return this.#prepared.columns().map(({ name, column, table, database, type }) => ({ name, column, table, database, type }));
  }

  // Returns the arguments of a call, after a check that the call is of the right kind.
  #start(given, isReading) {
    if (this.reader !== isReading)
      throw new TypeError(
        isReading
          ? 'This statement does not return data. Use run() instead'
          : 'This statement returns data. Use get(), all(), or iterate() instead',
      );
    this.database.verbose?.(this.source);
    if (this.#bound === null) return given;
    if (given.length > 0) throw new TypeError('This statement already has bound parameters');
    return this.#bound;
  }

  get #areArrays() {
    return this.#mode === 'raw' || this.#mode === 'expand';
  }

  // Returns a function that gives a row the form of the mode.
  #shaper() {
    if (this.#mode === 'raw') return (row) => row;
    if (this.#mode === 'pluck') return (row) => row[Object.keys(row)[0]];
    if (this.#mode === null) return this.database.engine.isNode ? (row) => ({ ...row }) : (row) => row;
    const columns = this.#prepared.columns();
    return (row) => {
      const result = {};
      columns.forEach(({ name, table }, index) => ((result[table ?? '$'] ??= {})[name] = row[index]));
      return result;
    };
  }

  run(...given) {
    return this.#prepared.run(this.#start(given, false));
  }
  get(...given) {
    const row = this.#prepared.get(this.#start(given, true), this.#areArrays);
    return row === undefined ? undefined : this.#shaper()(row);
  }
  all(...given) {
    return this.#prepared.all(this.#start(given, true), this.#areArrays).map(this.#shaper());
  }
  *iterate(...given) {
    const shape = this.#shaper();
    for (const row of this.#prepared.iterate(this.#start(given, true), this.#areArrays)) yield shape(row);
  }
}

class Database {
  /**
   * @param source a path, for a database of node:sqlite, or a connection of better-sqlite3 or node:sqlite
   * @param options as better-sqlite3 has them; module: the extension's path
   */
  constructor(source = ':memory:', options = {}) {
    const { module: path = getLoadablePath() } = options;
    this.verbose = options.verbose ?? null;
    this.bigInts = false;
    if (source !== null && typeof source === 'object' && !Buffer.isBuffer(source)) {
      this.native = source;
      this.readonly = Boolean(source.readonly);
      this.name = source.name ?? source.location?.() ?? ':memory:';
      if (!isLoaded(source)) load(source, path);
    } else {
      this.native = openNative(source, options, path);
      this.readonly = Boolean(options.readonly);
      this.name = String(source);
    }
    this.memory = this.name === ':memory:' || this.name === '';
    this.open = true;
    this.engine = new Engine(this.native);
  }

  get inTransaction() {
    return this.engine.inTransaction;
  }
  prepare(sql) {
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    const statement = new Statement(this, sql);
    if (ASKS_FOR_INDEXES.test(sql)) {
      // TypeORM keeps the statement from a time when no table was temporal.
      const usual = statement.all.bind(statement);
      const all = (...given) => new Statement(this, sql.replace(ASKS_FOR_INDEXES, () => ALL_TEXTS)).all(...given);
      statement.all = (...given) => (this.#hasTemporalTables ? all(...given) : usual(...given));
    }
    return statement;
  }
  get #hasTemporalTables() {
    return this.native.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('_spectradb_indexes', '_spectradb_tables')").get().n === 2;
  }
  exec(sql) {
    this.verbose?.(sql);
    this.engine.exec(sql);
    return this;
  }
  transaction(body) {
    return makeTransaction(this, body);
  }
  pragma(source, { simple = false } = {}) {
    const statement = this.prepare(`PRAGMA ${source}`);
    if (!statement.reader) {
      statement.run();
      return simple ? undefined : [];
    }
    return simple ? statement.pluck().get() : statement.all();
  }
  defaultSafeIntegers(isOn = true) {
    this.bigInts = isOn;
    return this;
  }
  function(name, options, body) {
    if (typeof options === 'function') [options, body] = [{}, options];
    if (!this.engine.isNode) this.native.function(name, options, body);
    else this.native.function(name, { ...options, useBigIntArguments: Boolean(options.safeIntegers) }, body);
    return this;
  }
  aggregate(name, options) {
    this.native.aggregate(name, options);
    return this;
  }
  table(name, factory) {
    if (this.engine.isNode) throw new Error('node:sqlite has no table(): use a connection of better-sqlite3');
    this.native.table(name, factory);
    return this;
  }
  loadExtension(path, ...more) {
    this.native.loadExtension(path, ...more);
    return this;
  }
  serialize(...given) {
    return this.native.serialize(...given);
  }
  unsafeMode(isOn = true) {
    this.native.unsafeMode?.(isOn);
    return this;
  }
  /** Copies the database and its store at one commit. */
  async backup(path) {
    const bytes = this.prepare('SELECT spectradb_backup(?) AS bytes').get(path).bytes;
    return { totalPages: bytes, remainingPages: 0 };
  }
  close() {
    if (this.open) this.native.close();
    this.open = false;
    return this;
  }
  [Symbol.dispose || Symbol.for('Symbol.dispose')]() {
    this.close();
  }
}

function isLoaded(native) {
  try {
    native.prepare('SELECT spectradb_version()').get();
    return true;
  } catch {
    return false;
  }
}

function openNative(path, { readonly = false, fileMustExist = false, timeout = 5000 }, module) {
  const { DatabaseSync } = require('node:sqlite');
  if (fileMustExist && path !== ':memory:' && !fs.existsSync(path)) throw new TypeError(`there is no database ${path}`);
  // better-sqlite3's own build of SQLite has foreign keys on by default, so they are on here.
  const native = new DatabaseSync(path, { readOnly: readonly, allowExtension: true });
  try {
    load(native, module);
    native.exec(`PRAGMA busy_timeout = ${Number(timeout)}`);
  } catch (error) {
    native.close();
    throw error;
  }
  return native;
}

const wrap = (native, options) => new Database(native, options);

// Each name is exported by itself, so that ES modules find it.
module.exports = Database;
module.exports.Database = Database;
module.exports.Statement = Statement;
module.exports.wrap = wrap;
module.exports.SqliteError = SqliteError;
module.exports.default = Database;

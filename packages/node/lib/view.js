'use strict';
// Reads at a time: a handle adds the clauses to each query, so that the connection itself keeps no time.

const { parts } = require('./text.js');
const { SqliteError } = require('./errors.js');

const NAMES = { system: 'spectradb_as_of', valid: 'spectradb_valid_at' };
const CLAUSES = { system: 'AS OF', valid: 'VALID AT' };

function checkTime(time, method) {
  if (!['number', 'bigint', 'string'].includes(typeof time) && !(time instanceof Date))
    throw new TypeError(`${method}() takes a number, a BigInt, a Date or a text`);
  return time;
}

class View {
  #db;
  #times; // texts of the axes that are given

  constructor(db, times) {
    this.#db = db;
    this.#times = times;
  }

  asOf(time) {
    return new View(this.#db, { ...this.#times, system: checkTime(time, 'asOf') });
  }
  validAt(time) {
    return new View(this.#db, { ...this.#times, valid: checkTime(time, 'validAt') });
  }

  prepare(sql) {
    const all = parts(sql);
    if (all.length !== 1) throw new RangeError('a text of one query is needed');
    if (!all[0].mayRead || all[0].words[0] === 'PRAGMA')
      throw new SqliteError('what reads at a time cannot write: ' + all[0].text.trim(), 'SQLITE_READONLY', { sql });
    let axes = Object.keys(this.#times);
    for (;;) {
      const clauses = axes.map((axis) => ` ${CLAUSES[axis]} :${NAMES[axis]}`).join('');
      try {
        return new ViewStatement(
          this.#db.prepare(all[0].text + (clauses && '\n' + clauses)),
          Object.fromEntries(axes.map((axis) => [NAMES[axis], this.#times[axis]])),
        );
      } catch (error) {
        // A clause of the query itself counts instead.
        const twice = /^the (system|valid) time is given twice/.exec(error.message);
        if (!twice || !axes.includes(twice[1])) throw error;
        axes = axes.filter((axis) => axis !== twice[1]);
      }
    }
  }

  all(sql, ...given) {
    return this.prepare(sql).all(...given);
  }
  get(sql, ...given) {
    return this.prepare(sql).get(...given);
  }
  iterate(sql, ...given) {
    return this.prepare(sql).iterate(...given);
  }
  sql(strings, ...values) {
    const statement = this.prepare(strings.join('?'));
    return {
      all: () => statement.all(...values),
      get: () => statement.get(...values),
      iterate: () => statement.iterate(...values),
      [Symbol.iterator]: () => statement.iterate(...values),
    };
  }
}

class ViewStatement {
  #statement;
  #times;
  constructor(statement, times) {
    this.#statement = statement;
    this.#times = times;
  }
  all(...given) {
    return this.#statement.all(this.#times, ...given);
  }
  get(...given) {
    return this.#statement.get(this.#times, ...given);
  }
  iterate(...given) {
    return this.#statement.iterate(this.#times, ...given);
  }
}

module.exports = { View, checkTime };

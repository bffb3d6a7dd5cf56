'use strict';
// Wraps a connection of a driver that has its own SQLite: each statement is rewritten before the driver
// prepares it.
//
// The extension recognizes texts that it gave for others, and renews their statements when the schema
// changes, so these need no second look. A text that it left as it was may mean something else once a table
// becomes temporal. Definitions and texts with CURRENT_TIMESTAMP are therefore asked about again. RETURNING
// and ON CONFLICT are asked about only after SQLite refuses them, because checking the schema's version
// each time would cost more than the statement.

const { parts } = require('./text.js');
const { SqliteError, translate } = require('./errors.js');

const MOST_KEPT = 500; // texts; the extension remembers the last 1000
const LONGEST_KEPT = 100_000; // characters

/** Says how one statement is to be run. */
class Plan {
  constructor(part, text, version) {
    this.part = part;
    this.text = text;
    this.isChanged = text !== part.text;
    this.mayChange = !this.isChanged && part.isOfNow;
    this.mayFail = !this.isChanged && part.isReturning;
    this.version = version; // the version of the schema, if the plan depends on it
    this.generation = 0;
    const given = this.isChanged ? parts(text)[0] || part : part;
    // Anonymous parameters are bound under these numbers, if the rewritten text has numbers for them.
    this.numbers = given.isNumbered && !part.isNumbered ? part.anonymous : null;
  }
}

class Engine {
  constructor(native) {
    this.native = native;
    this.isNode = typeof native.pragma !== 'function';
    this.plans = new Map();
    this.generation = 0; // counts changes of the schema by this connection
    this.rewriting = native.prepare('SELECT spectradb_sql(?) AS text');
    this.versioning = native.prepare('PRAGMA schema_version');
  }

  get schemaVersion() {
    return this.versioning.get().schema_version;
  }

  /** The rowid of the last row that was inserted, as a BigInt. */
  get lastRowid() {
    const asking = this.native.prepare('SELECT last_insert_rowid() AS n');
    if (this.isNode) asking.setReadBigInts(true);
    else asking.safeIntegers(true);
    return asking.get().n;
  }

  get inTransaction() {
    if (!this.isNode) return this.native.inTransaction;
    if ('isTransaction' in this.native) return this.native.isTransaction;
    try {
      this.native.exec('BEGIN');
    } catch {
      return true;
    }
    this.native.exec('COMMIT');
    return false;
  }

  // Returns the message with which a text fails, or null.
  messageOf(text) {
    try {
      this.native.prepare(this.rewriting.get(text).text);
      return null;
    } catch (error) {
      return error.message;
    }
  }

  fail(error, sql, start, whole) {
    return translate(error, sql, (text) => this.messageOf(text), start, whole);
  }

  rewrite(part, whole) {
    try {
      const text = this.rewriting.get(part.text).text;
      return new Plan(part, text, part.isReturning || part.isOfNow ? this.schemaVersion : 0);
    } catch (error) {
      throw this.fail(error, part.text, part.start, whole);
    }
  }

  /** Returns the plan of a text with one statement. */
  plan(sql) {
    const kept = this.plans.get(sql);
    if (kept !== undefined && this.isRight(kept)) return kept;
    const all = parts(sql);
    if (all.length !== 1)
      throw new RangeError(
        all.length === 0 ? 'the text contains no statement' : 'the text contains more than one statement: exec() runs scripts',
      );
    const plan = this.rewrite(all[0], sql);
    plan.generation = this.generation;
    if (!plan.part.isDefinition && sql.length < LONGEST_KEPT) {
      this.plans.delete(sql);
      this.plans.set(sql, plan);
      if (this.plans.size > MOST_KEPT) this.plans.delete(this.plans.keys().next().value);
    }
    return plan;
  }

  isRight(plan) {
    if (plan.part.isDefinition || plan.generation !== this.generation) return false;
    return !plan.mayChange || plan.version === this.schemaVersion;
  }

  /** Says whether a statement failed because it means something else by now. */
  isStale(plan) {
    return plan.mayFail && plan.version !== this.schemaVersion;
  }

  /** Returns the plan of a text, and the driver's statement for it. */
  prepare(sql) {
    let plan = this.plan(sql);
    try {
      return { plan, native: this.native.prepare(plan.text) };
    } catch (error) {
      this.plans.delete(sql);
      if (!this.isStale(plan)) throw this.fail(error, plan.part.text, 0, plan.part.text);
    }
    plan = this.plan(sql);
    try {
      return { plan, native: this.native.prepare(plan.text) };
    } catch (error) {
      this.plans.delete(sql);
      throw this.fail(error, plan.part.text, 0, plan.part.text);
    }
  }

  /** Runs a script statement by statement, because each statement may change what the next one means. */
  exec(sql) {
    for (const part of parts(sql)) {
      const plan = this.rewrite(part, sql);
      try {
        this.native.exec(plan.text);
      } catch (error) {
        throw this.fail(error, part.text, part.start, sql);
      } finally {
        if (part.isDefinition) this.schemaChanged();
      }
    }
  }

  schemaChanged() {
    ++this.generation;
    this.plans.clear();
  }
}

/** Returns a value as the driver takes it: a Date becomes a time of SQLite's in UTC, and undefined becomes NULL. */
function toParameter(value) {
  if (value === undefined) return null;
  if (!(value instanceof Date)) return value;
  if (Number.isNaN(value.getTime())) throw new RangeError('an invalid Date is no time');
  return value.toISOString().replace('T', ' ').replace(/(?:\.000)?Z$/, '');
}

function isNamed(value) {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Returns the arguments of a call in the form that the driver's statement of a plan takes. */
function toArguments(plan, given) {
  let isPlain = plan.numbers === null;
  for (let i = 0; isPlain && i < given.length; ++i) isPlain = given[i] === null || !['object', 'undefined'].includes(typeof given[i]);
  if (isPlain && plan.part.parameters.length === given.length) return given;
  let named = null;
  const values = [];
  for (const each of given) {
    if (Array.isArray(each)) for (const value of each) values.push(toParameter(value));
    else if (isNamed(each)) {
      named = named || {};
      for (const name of Object.keys(each)) named[name] = toParameter(each[name]);
    } else values.push(toParameter(each));
  }
  const anonymous = plan.part.anonymous;
  if (!plan.part.isNumbered && values.length !== anonymous.length)
    throw new RangeError(`Too ${values.length > anonymous.length ? 'many' : 'few'} parameter values were provided`);
  if (plan.numbers === null) return named === null ? values : [named, ...values];
  const all = named || {};
  plan.numbers.forEach((number, index) => (all[number] = values[index]));
  return plan.numbers.length === 0 && named === null ? [] : [all];
}

module.exports = { Engine, SqliteError, isNamed, toArguments, toParameter };

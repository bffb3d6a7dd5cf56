'use strict';
// Runs a statement by the text that the user wrote, which is rewritten and prepared again whenever that
// becomes necessary.

const { toArguments } = require('./engine.js');

const isSafe = (value) => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
const narrowed = (value) => (typeof value === 'bigint' && isSafe(value) ? Number(value) : value);

function narrowRow(row) {
  for (const name in row) if (typeof row[name] === 'bigint') row[name] = narrowed(row[name]);
  return row;
}

class Prepared {
  #plan;
  #native;
  #isWide = false; // whether the driver gives every integer as a BigInt
  #areArrays = false; // whether rows are arrays
  #isReader; // undefined until somebody asks

  constructor(engine, sql) {
    this.engine = engine;
    this.source = sql;
    this.bigInts = false; // whether the user wants BigInts for all integers
    this.#renew();
  }

  #renew() {
    const { plan, native } = this.engine.prepare(this.source);
    this.#plan = plan;
    this.#native = native;
    this.#isWide = false;
    this.#areArrays = false;
    this.#isReader = undefined;
    // A statement that writes cannot run a second time because an integer did not fit, so it reads BigInts
    // at once.
    if (this.engine.isNode && !this.#plan.part.isSelect && this.#plan.part.isReturning) this.#widen(true);
  }

  #ready() {
    if (!this.engine.isRight(this.#plan)) this.#renew();
    return this.#native;
  }

  #widen(isWide) {
    if (this.#isWide === isWide) return;
    if (this.engine.isNode) this.#native.setReadBigInts(isWide);
    else this.#native.safeIntegers(isWide);
    this.#isWide = isWide;
  }

  setArrays(areArrays) {
    const native = this.#ready();
    if (this.#areArrays === areArrays) return;
    if (!this.engine.isNode) native.raw(areArrays);
    else if (typeof native.setReturnArrays === 'function') native.setReturnArrays(areArrays);
    else throw new Error('rows as arrays need Node 22.16 or later');
    this.#areArrays = areArrays;
  }

  get part() {
    return this.#plan.part;
  }

  /** Says whether the statement gives rows. */
  get isReader() {
    if (this.#plan.part.isDefinition) return false;
    const native = this.#ready();
    if (this.#isReader === undefined) this.#isReader = this.#isReading(native);
    return this.#isReader;
  }

  #isReading(native) {
    if (typeof native.reader === 'boolean') return native.reader;
    if (typeof native.columns === 'function') return native.columns().length > 0;
    return this.#plan.part.mayRead || /\bRETURNING\b/i.test(this.#plan.text);
  }

  columns() {
    const native = this.#ready();
    if (typeof native.columns !== 'function') throw new Error('columns() needs Node 22.16 or later');
    return native.columns();
  }

  // Says whether a failed statement means something else by now. It has done nothing, so it can run with
  // its new meaning.
  #isRenewed() {
    if (!this.engine.isStale(this.#plan)) return false;
    this.engine.plans.delete(this.source);
    this.#renew();
    return true;
  }

  #fail(error) {
    return this.engine.fail(error, this.source, 0, this.source);
  }

  #call(method, given, areArrays = false) {
    const native = this.#ready();
    if (this.#areArrays !== areArrays) this.setArrays(areArrays);
    if (this.bigInts) this.#widen(true);
    const args = toArguments(this.#plan, given);
    try {
      const result = native[method](...args);
      if (method === 'run' && typeof result.lastInsertRowid === 'number' && !Number.isSafeInteger(result.lastInsertRowid))
        result.lastInsertRowid = this.engine.lastRowid; // the driver's number has lost digits
      return this.#isWide && !this.bigInts ? this.#narrow(result, method) : result;
    } catch (error) {
      if (error.code === 'ERR_OUT_OF_RANGE' && !this.#isWide && method !== 'run') this.#widen(true);
      else if (!this.#isRenewed()) throw this.#fail(error);
      return this.#call(method, given, areArrays);
    }
  }

  #narrow(result, method) {
    if (method === 'all') return result.map(narrowRow);
    if (method === 'run') return narrowRow(result);
    return result === undefined ? result : narrowRow(result);
  }

  all(given, areArrays) {
    return this.#call('all', given, areArrays);
  }
  get(given, areArrays) {
    return this.#call('get', given, areArrays);
  }

  run(given) {
    if (!this.#plan.part.isDefinition) return this.#call('run', given);
    try {
      const native = this.#ready();
      if (native.reader) native.all(...given);
      else native.run(...given);
      return { changes: 0, lastInsertRowid: 0 };
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.engine.schemaChanged();
    }
  }

  *iterate(given, areArrays = false) {
    const native = this.#ready();
    this.setArrays(areArrays);
    if (this.engine.isNode || this.bigInts) this.#widen(true);
    const isNarrow = this.engine.isNode && !this.bigInts;
    let isBegun = false;
    try {
      for (const row of native.iterate(...toArguments(this.#plan, given))) {
        isBegun = true;
        yield isNarrow ? narrowRow(row) : row;
      }
      return;
    } catch (error) {
      if (isBegun || !this.#isRenewed()) throw this.#fail(error);
    }
    yield* this.iterate(given, areArrays);
  }
}

module.exports = { Prepared };


// What stands above was made by Emscripten. What follows is packages/wasm/lib/interface.mjs, all that others are to use:
//   const db = await open();        // or open(bytes), bytes being a database file's
//   db.exec(sql, ...parameters)     // [{ columns, rows }, …], one for each statement that has columns
//   db.export()                     // the bytes of the database: a file that SQLite and SpectraDB open anywhere
//   db.close()

const OK = 0, ROW = 100, DONE = 101;
const INTEGER = 1, FLOAT = 2, TEXT = 3, BLOB = 4;
const TRANSIENT = -1;  // SQLite copies what it is given
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class SpectraError extends Error {
  constructor(message, code) {
    super(message);
    this.name = 'SpectraError';
    this.code = code;  // SQLite's result code
  }
}

let loaded = null;  // one machine, of all databases

async function load() {
  const place = new URL('spectradb.wasm', import.meta.url);
  if (place.protocol !== 'file:') return spectradb_machine();
  const { readFile } = await import('node:fs/promises');  // fetch() reads no files
  return spectradb_machine({ wasmBinary: await readFile(place) });
}

export async function open(bytes = null) {
  loaded ??= load();
  return new Database(await loaded, bytes);
}

export class Database {
  #machine;
  #handle = 0;

  constructor(machine, bytes) {
    this.#machine = machine;
    let copy = 0;
    if (bytes !== null && bytes.length > 0) {
      copy = this.#machine._sqlite3_malloc(bytes.length);
      if (copy === 0) throw new SpectraError('out of memory', 7);
      this.#machine.HEAPU8.set(bytes, copy >>> 0);
    }
    this.#with(8, (out) => {
      const code = this.#machine._spectradb_wasm_open(copy, copy === 0 ? 0 : bytes.length, out);
      this.#handle = this.#number(out);
      if (code === OK) return;
      const error = this.#error(code);
      this.close();
      throw error;
    });
  }

  // Runs all statements of the text. Each takes as many of the parameters as it has: null, numbers, bigints, booleans,
  // strings, Uint8Arrays. Integers come back as numbers where these hold them, else as bigints.
  exec(sql, ...parameters) {
    if (this.#handle === 0) throw new SpectraError('the database is closed', 21);
    if (sql.includes('\0')) throw new SpectraError('the SQL text has a NUL character', 1);
    const results = [];
    const text = this.#copy(encoder.encode(sql + '\0'));
    try {
      this.#with(8, (out) => {
        for (let at = text; this.#machine.HEAPU8[at >>> 0] !== 0;) {
          this.#check(this.#machine._spectradb_prepare_v2(this.#handle, at, -1, out, out + 4));
          const statement = this.#number(out);
          at = this.#number(out + 4);
          if (statement === 0) continue;  // a comment
          try {
            const count = this.#machine._sqlite3_bind_parameter_count(statement);
            if (count > parameters.length)
              throw new SpectraError(`the statement has ${count} parameters, and ${parameters.length} values are left`, 25);
            parameters.splice(0, count).forEach((value, i) => this.#check(this.#bind(statement, i + 1, value)));
            this.#run(statement, results);
          } finally {
            this.#machine._sqlite3_finalize(statement);
          }
        }
      });
    } finally {
      this.#machine._free(text);
    }
    if (parameters.length > 0) throw new SpectraError(`${parameters.length} values are left, and no parameter`, 25);
    return results;
  }

  export() {
    if (this.#handle === 0) throw new SpectraError('the database is closed', 21);
    return this.#with(16, (size) => {
      this.#machine.HEAPU8.set(encoder.encode('main\0'), (size + 8) >>> 0);
      const bytes = this.#machine._sqlite3_serialize(this.#handle, size + 8, size, 0);
      if (bytes === 0) {
        if (this.#number(size) === 0) return new Uint8Array();  // nothing was ever made in it
        throw this.#error(7);
      }
      const copy = this.#machine.HEAPU8.slice(bytes >>> 0, (bytes >>> 0) + this.#number(size));
      this.#machine._sqlite3_free(bytes);
      return copy;
    });
  }

  close() {
    if (this.#handle !== 0) this.#machine._sqlite3_close_v2(this.#handle);
    this.#handle = 0;
  }

  #run(statement, results) {
    const machine = this.#machine;
    const count = machine._sqlite3_column_count(statement);
    const columns = [];
    for (let i = 0; i < count; ++i) columns.push(this.#string(machine._sqlite3_column_name(statement, i)));
    const rows = [];
    let code = machine._sqlite3_step(statement);
    for (; code === ROW; code = machine._sqlite3_step(statement)) {
      const row = [];
      for (let i = 0; i < count; ++i) row.push(this.#value(statement, i));
      rows.push(row);
    }
    if (code !== DONE) throw this.#error(code);
    if (count > 0) results.push({ columns, rows });
  }

  #value(statement, i) {
    const machine = this.#machine;
    switch (machine._sqlite3_column_type(statement, i)) {
      case INTEGER: {
        const integer = machine._sqlite3_column_int64(statement, i);
        const number = Number(integer);
        return Number.isSafeInteger(number) ? number : integer;
      }
      case FLOAT:
        return machine._sqlite3_column_double(statement, i);
      case TEXT: {
        const at = machine._sqlite3_column_text(statement, i) >>> 0;
        return decoder.decode(machine.HEAPU8.subarray(at, at + machine._sqlite3_column_bytes(statement, i)));
      }
      case BLOB: {
        const at = machine._sqlite3_column_blob(statement, i) >>> 0;
        return machine.HEAPU8.slice(at, at + machine._sqlite3_column_bytes(statement, i));
      }
      default:
        return null;
    }
  }

  #bind(statement, i, value) {
    const machine = this.#machine;
    if (value === null || value === undefined) return machine._sqlite3_bind_null(statement, i);
    if (typeof value === 'boolean') return machine._sqlite3_bind_int64(statement, i, value ? 1n : 0n);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return machine._sqlite3_bind_double(statement, i, value);
    if (typeof value === 'number' || typeof value === 'bigint') {
      const integer = BigInt(value);
      if (BigInt.asIntN(64, integer) !== integer) throw new SpectraError(`${integer} has more than 64 bits`, 25);
      return machine._sqlite3_bind_int64(statement, i, integer);
    }
    const isText = typeof value === 'string';
    if (!isText && !(value instanceof Uint8Array)) throw new SpectraError(`parameter ${i} is no value of SQLite's`, 25);
    const bytes = isText ? encoder.encode(value) : value;
    const copy = this.#copy(bytes);
    const bind = isText ? machine._sqlite3_bind_text : machine._sqlite3_bind_blob;
    const code = bind(statement, i, copy, bytes.length, TRANSIENT);
    machine._free(copy);
    return code;
  }

  // Memory of the machine may have moved with every call into it: views of it are made anew each time.
  #copy(bytes) {
    const at = this.#machine._malloc(bytes.length + 1);
    if (at === 0) throw new SpectraError('out of memory', 7);
    this.#machine.HEAPU8.set(bytes, at >>> 0);
    return at;
  }

  #with(size, use) {
    const at = this.#copy(new Uint8Array(size));
    try {
      return use(at);
    } finally {
      this.#machine._free(at);
    }
  }

  #number(at) {
    const bytes = this.#machine.HEAPU8;
    return new DataView(bytes.buffer).getUint32(at >>> 0, true);
  }

  #string(at) {
    const bytes = this.#machine.HEAPU8;
    const begin = at >>> 0;
    return decoder.decode(bytes.subarray(begin, bytes.indexOf(0, begin)));
  }

  #error(code) {
    const message = this.#handle === 0 ? 'out of memory' : this.#string(this.#machine._sqlite3_errmsg(this.#handle));
    return new SpectraError(message, code);
  }

  #check(code) {
    if (code !== OK) throw this.#error(code);
  }
}

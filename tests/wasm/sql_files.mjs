// Runs files of tests/sql in the WebAssembly build, whose form tests/sqltest.cc describes. A file that needs more than one
// connection or files of the disk is run as far as that record, and counted as one that is left in part.
// usage: sql_files.mjs FOLDER FILE.test …
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const { open } = await import(pathToFileURL(resolve(folder, 'spectradb.mjs')).href);

class NeedsMore extends Error {}
// Files that do not answer alike here, and why. With SQLite 3.53 the module answers as this does.
const OTHERWISE = new Map([
  ['config', 'the defaults of storage rows are others'],
  ['now', 'the clock has milliseconds, so that two statements may have one instant'],
  ['schema_functions', 'SQLite 3.53 refuses at CREATE TABLE what 3.40 refuses at INSERT'],
  ['covering', 'SQLite 3.53: the text of large reals'],
  ['vector_index', 'SQLite 3.53: the text of rounded reals'],
]);
const CODES = { SQLITE_ERROR: 1, SQLITE_BUSY: 5, SQLITE_LOCKED: 6, SQLITE_READONLY: 8, SQLITE_CORRUPT: 11, SQLITE_CANTOPEN: 14, SQLITE_CONSTRAINT: 19, SQLITE_MISMATCH: 20, SQLITE_RANGE: 25 };
const ONE_LINE = new Set(['onlyif', 'skipif', 'bind', 'set', 'connection', 'disconnect', 'reopen', 'close', 'database', 'flush', 'compact', 'store']);

function* records(path) {
  let lines = [];
  let line = 0;
  let first = 0;
  for (const text of [...readFileSync(path, 'utf8').split('\n'), '']) {
    ++line;
    if (text.startsWith('#')) continue;
    if (text.trim() === '') {
      if (lines.length > 0) yield { line: first, lines };
      lines = [];
      continue;
    }
    if (lines.length === 0) first = line;
    lines.push(text);
    if (lines.length === 1 && ONE_LINE.has(text.split(/\s/)[0])) {
      yield { line, lines };
      lines = [];
    }
  }
}

// The one connection; what reopens it takes its bytes along.
class Session {
  #db = null;
  #bytes = null;
  variables = new Map();
  bindings = [];  // of the next record

  async db() {
    this.#db ??= await open(this.#bytes);
    return this.#db;
  }
  reopen() {
    if (this.#db === null) return;
    this.#bytes = this.#db.export();
    this.#db.close();
    this.#db = null;
  }
  substituted(text) {
    return text.replace(/\$\{(\w+)\}/g, (all, name) => {
      if (!this.variables.has(name)) throw new NeedsMore(all);
      return this.variables.get(name);
    });
  }
  async run(sql) {
    const db = await this.db();
    const parameters = this.bindings.map(([, literal]) => db.exec(`SELECT ${literal}`)[0].rows[0][0]);
    if (this.bindings.some(([name], i) => name !== `?${i + 1}`)) throw new NeedsMore('bind by name');
    this.bindings = [];
    try {
      const results = db.exec(this.substituted(sql), ...parameters);
      return { rows: results.at(-1)?.rows ?? [], columns: results.at(-1)?.columns.length ?? 0 };
    } catch (error) {
      if (error instanceof NeedsMore || error.code === undefined) throw error;
      if (error.message.includes('values are left')) throw new NeedsMore('bind of some');
      return { error };
    }
  }
}

function typeOf(value, letter) {
  if (value === null) return letter;
  if (typeof value === 'string') return 'T';
  if (value instanceof Uint8Array) return 'B';
  if (typeof value === 'bigint') return 'I';
  return Number.isInteger(value) ? (letter === 'R' ? 'R' : 'I') : 'R';
}

function written(value, letter) {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex').toUpperCase()}'`;
  if (typeof value === 'string') return value.trim() === '' ? '(empty)' : value.replaceAll('\n', '\\n').replaceAll('\t', '\\t').trim();
  if (typeof value === 'bigint' || typeOf(value, letter) === 'I') return String(value);
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  return String(value);
}

const matches = (wanted, actual, letter) => {
  if (wanted === actual) return true;
  if (wanted.length > 2 && wanted.startsWith('/') && wanted.endsWith('/')) return posix(wanted.slice(1, -1)).test(actual);
  return letter === 'R' && Math.abs(Number(wanted) - Number(actual)) <= 1e-14 * Math.abs(Number(wanted));  // 15 digits, as texts have
};
const CLASSES = { digit: '0-9', alpha: 'A-Za-z', alnum: 'A-Za-z0-9', space: '\\s', upper: 'A-Z', lower: 'a-z', xdigit: '0-9A-Fa-f' };
const posix = (pattern) => new RegExp(pattern.replace(/\[:(\w+):\]/g, (_, name) => CLASSES[name]), 'i');

function sorted(lines, order) {
  if (order === 'nosort') return lines;
  const sortable = order === 'valuesort' ? lines.flat().map((value) => [value]) : lines;
  return [...sortable].sort((a, b) => { const x = a.join('\u0001'), y = b.join('\u0001'); return x < y ? -1 : x > y ? 1 : 0; });
}

async function runFile(path) {
  const session = new Session();
  const labels = new Map();
  let count = 0;
  let skip = false;
  for (const { line, lines } of records(path)) {
    const [word, ...words] = lines[0].trim().split(/\s+/);
    const rest = lines[0].trim().slice(word.length).trim();
    const rule = lines.indexOf('----') < 0 ? lines.length : lines.indexOf('----');
    const sql = lines.slice(1, rule).join('\n') + '\n';
    const wrong = (why) => new Error(`${path}:${line}: ${why}`);
    if (word === 'onlyif' || word === 'skipif') {
      if ((rest === 'api') !== (word === 'onlyif')) skip = true;
      continue;
    }
    if (skip) {
      if (word !== 'bind') skip = false;
      continue;
    }
    try {
      if (word === 'bind') {
        session.bindings.push([words[0], session.substituted(rest.slice(words[0].length))]);
        continue;
      }
      if (word === 'reopen' || word === 'close') session.reopen();
      else if (word === 'flush' || word === 'compact') (await session.db()).exec(`SELECT spectradb_${word}()`);
      else if (word === 'set') {
        const { rows, error } = await session.run(rest.slice(words[0].length));
        if (error) throw wrong(error.message);
        session.variables.set(words[0], String(rows[0][0]));
      } else if (word === 'statement') {
        const { error } = await session.run(sql);
        if (words[0] === 'error') {
          let wanted = session.substituted(rest.slice(5).trim());
          if (!error) throw wrong(`succeeds, but must fail with ${wanted}`);
          const code = /^\[(\w+)\]\s*/.exec(wanted);
          if (code) {
            wanted = wanted.slice(code[0].length);
            if (CODES[code[1]] !== undefined && (error.code & 0xff) !== CODES[code[1]]) throw wrong(`code ${error.code}, not ${code[1]}: ${error.message}`);
          }
          const isRegex = wanted.length > 2 && wanted.startsWith('/') && wanted.endsWith('/');
          if (!(isRegex ? posix(wanted.slice(1, -1)).test(error.message) : error.message.includes(wanted))) throw wrong(`fails with: ${error.message}\nbut must say: ${wanted}`);
        } else {
          if (error) throw wrong(`fails: ${error.message}`);
          if (words[0] === 'count') {
            const changes = (await session.db()).exec('SELECT changes()')[0].rows[0][0];
            if (String(changes) !== session.substituted(words[1])) throw wrong(`changes() is ${changes}, not ${words[1]}`);
          }
        }
      } else if (word === 'query') {
        const [types, second = '', ...more] = words;
        const isOrder = ['rowsort', 'valuesort', 'nosort'].includes(second);
        const order = isOrder ? second : 'nosort';
        const label = isOrder ? more.join(' ') : [second, ...more].join(' ');
        const { rows, columns, error } = await session.run(sql);
        if (error) throw wrong(`fails: ${error.message}`);
        if (columns !== types.length && rows.length > 0) throw wrong(`${columns} columns, not ${types.length}`);
        if (/^\s*EXPLAIN QUERY PLAN/i.test(sql)) continue;  // another version of SQLite has other plans
        const actual = sorted(rows.map((row) => row.map((value, i) => {
          if (types[i] !== '?' && typeOf(value, types[i]) !== types[i]) throw wrong(`column ${i + 1}: ${value} is not of type ${types[i]}`);
          return written(value, types[i]);
        })), order);
        if (rule < lines.length) {
          const expected = sorted(lines.slice(rule + 1).map((text) => session.substituted(text)).map((text) => text.split(text.includes('\t') ? '\t' : '|').map((value) => value.trim())), order);
          const same = expected.length === actual.length && expected.every((row, r) => row.length === actual[r].length &&
            row.every((value, i) => matches(value, actual[r][i], order === 'valuesort' || '?R'.includes(types[i]) ? 'R' : types[i])));
          if (!same) throw wrong(`expected:\n${expected.map((row) => row.join(' | ')).join('\n')}\nbut got:\n${actual.map((row) => row.join(' | ')).join('\n')}`);
        }
        if (label !== '') {
          const known = labels.get(label);
          if (known !== undefined && known !== JSON.stringify(actual)) throw wrong(`label ${label} gave:\n${known}\nbut here:\n${JSON.stringify(actual)}`);
          labels.set(label, JSON.stringify(actual));
        }
      } else if (word === 'twin') {
        const outcomes = [];
        for (const name of words.slice(0, 2)) {
          session.variables.set('T', name);
          const bindings = [...session.bindings];
          const { rows, error } = await session.run(sql);
          if (outcomes.length === 0) session.bindings = bindings;
          const changes = (await session.db()).exec('SELECT changes()')[0].rows[0][0];
          const lines = (rows ?? []).map((row) => row.map((value) => `${typeOf(value, '?')} ${written(value, '?')}`));
          outcomes.push(JSON.stringify(error ? error.code : [sorted(lines, words.includes('nosort') ? 'nosort' : 'rowsort'), changes]));
        }
        session.variables.delete('T');
        if (outcomes[0] !== outcomes[1]) throw wrong(`${words[0]}: ${outcomes[0]}\n${words[1]}: ${outcomes[1]}`);
      } else {
        throw new NeedsMore(word);
      }
      ++count;
    } catch (error) {
      if (error instanceof NeedsMore) return { count, stopped: `${line}: ${error.message}` };
      throw error;
    }
  }
  return { count, stopped: null };
}

let whole = 0;
let all = 0;
const failed = [];
const stopped = [];
for (const file of files) {
  if (OTHERWISE.has(basename(file, '.test'))) continue;
  try {
    const { count, stopped: at } = await runFile(file);
    all += count;
    if (at === null) ++whole;
    else stopped.push(`${basename(file, '.test')} at ${at}`);
  } catch (error) {
    failed.push(error.stack.startsWith('Error: ') ? error.message : error.stack);
  }
}
for (const text of failed) console.log(text);
if (process.env.SPECTRADB_SHOW_STOPPED) console.log(stopped.join('\n'));
console.log(`${all} records as expected of ${files.length - OTHERWISE.size} files: ${whole} files whole, ${stopped.length} in part, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

// Decides what may be read of a database, and how much of it at once. The connection is opened for reading,
// and the extension locks it for its whole life: so the lock decides what a text may do, and not the form
// of the text.
import fs from 'node:fs';

import { open } from 'spectradb';

import { MEMORY } from './memory.mjs';

export const LIMITS = { ms: 5000, rows: 200, bytes: 50_000, value: 4000 };

const INTERNAL = ['sqlite\\_%', '\\_spectradb', '\\_spectradb\\_%'];

/** Gathers the rows that a model gets, up to the limits. */
class Answer {
  constructor(limits) {
    this.limits = limits;
    this.rows = [];
    this.bytes = 0;
    this.isFull = false;
  }

  /** Adds a row; returns whether there was room for it. */
  add(row) {
    const size = Buffer.byteLength(JSON.stringify(row, toJson));
    if (this.rows.length >= this.limits.rows || (this.rows.length > 0 && this.bytes + size > this.limits.bytes)) this.isFull = true;
    else {
      this.rows.push(row);
      this.bytes += size;
    }
    return !this.isFull;
  }
}

/** Writes values that JSON cannot express. */
export function toJson(_, value) {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`;
  return value;
}

const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

export class Reader {
  #db;

  constructor(path, limits = {}) {
    this.limits = { ...LIMITS, ...limits };
    if (!fs.existsSync(path)) throw new Error(`there is no database ${path}`);
    this.#db = open(path, { readOnly: true });
    try {
      // Every call prepares its statement anew, so the lock is in force before the first one.
      this.#db.get('SELECT spectradb_lock(?, ?)', 'read', BigInt(this.limits.ms));
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  get commit() {
    return this.#db.commit;
  }

  // Returns the view to read from. Without a time that is the last commit, which the answer names so that
  // the next page can ask for it.
  #at({ as_of, valid_at }) {
    let view = as_of === undefined ? this.#db : this.#db.asOf(as_of);
    if (valid_at !== undefined) view = view.validAt(valid_at);
    return view;
  }

  // Shortens a long value in SQL, so that it never becomes a value of this process.
  #cut(column) {
    const most = this.limits.value;
    const rest = `' … (' || length(${column}) || ' in all)'`;
    return (
      `CASE WHEN length(${column}) <= ${most} THEN ${column} ` +
      `WHEN typeof(${column}) = 'text' THEN substr(${column}, 1, ${most}) || ${rest} ` +
      `WHEN typeof(${column}) = 'blob' THEN hex(substr(${column}, 1, ${most / 2})) || ${rest} ELSE ${column} END`
    );
  }

  query({ sql, params = [], as_of, valid_at, offset = 0 }) {
    const view = this.#at({ as_of, valid_at });
    const text = sql.replace(/[\s;]+$/, '');
    const statement = this.#db.prepare(text); // prepares one statement, which must be right by itself
    if (!/^\s*(?:(?:--[^\n]*\n|\/\*[\s\S]*?\*\/)\s*)*(?:SELECT|VALUES|WITH)\b/i.test(text)) throw new Error('query takes a SELECT');
    const names = statement.columns().map(({ name }) => name);
    if (names.length === 0) throw new Error('query takes a SELECT');
    const columns = names.map((_, index) => `c${index}`);
    const wrapped =
      `WITH spectradb_answer(${columns.join(', ')}) AS (${text}\n) ` +
      `SELECT ${columns.map((column) => `${this.#cut(column)} AS ${column}`).join(', ')} FROM spectradb_answer ` +
      `LIMIT ${this.limits.rows + 1} OFFSET ${Number(offset)}`;
    const answer = new Answer(this.limits);
    const given = Array.isArray(params) ? params : [params];
    for (const row of view.prepare(wrapped).iterate(...given)) if (!answer.add(columns.map((column) => row[column]))) break;
    const next = offset + answer.rows.length;
    return {
      columns: names,
      rows: answer.rows,
      ...(answer.isFull && {
        truncated: true,
        go_on: `call again with offset ${next}${as_of === undefined ? ` and as_of ${this.commit}, so that nothing moves meanwhile` : ''}`,
      }),
    };
  }

  tables() {
    return this.#db.all(
      `SELECT s.name, s.type, t.kind IS NOT NULL AS is_temporal, t.key, t.indexes FROM sqlite_schema AS s LEFT JOIN spectradb_tables AS t USING (name) ` +
        `WHERE s.type IN ('table', 'view') AND ${INTERNAL.map(() => "s.name NOT LIKE ? ESCAPE '\\'").join(' AND ')} ORDER BY s.name`,
      ...INTERNAL,
    );
  }

  schema({ table } = {}) {
    const known = this.tables();
    const wanted = table === undefined ? known : known.filter(({ name }) => name.toLowerCase() === table.toLowerCase());
    if (wanted.length === 0 && table !== undefined) throw new Error(`there is no table ${table}; there are ${known.map(({ name }) => name).join(', ') || 'none'}`);
    const answer = new Answer(this.limits);
    for (const { name, type, is_temporal, indexes } of wanted) {
      const columns = this.#db
        .all('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', name)
        .map((column) => `${column.name} ${column.type}${column.pk ? ' PRIMARY KEY' : column.notnull ? ' NOT NULL' : ''}`.replace('  ', ' '));
      if (!answer.add({ name, kind: is_temporal ? 'temporal table' : type, columns, ...(indexes && { indexes }) })) break;
    }
    return {
      last_commit: this.commit,
      tables: answer.rows,
      ...(answer.isFull && { truncated: true, go_on: `ask for one table; there are ${known.map(({ name }) => name).join(', ').slice(0, this.limits.value)}` }),
    };
  }

  changes({ table = null, since = 0, until } = {}) {
    const rows = this.#db.iterate(
      `SELECT commit_no, f.committed_at, table_name, operation, key, ${this.#cut('row')} AS row, _valid_from, _valid_to, notes ` +
        'FROM spectradb_changes(?, ?) AS f JOIN spectradb_commits AS c USING (commit_no) WHERE commit_no <= ? ORDER BY commit_no',
      table,
      since,
      until ?? this.commit,
    );
    const answer = new Answer(this.limits);
    for (const row of rows) if (!answer.add({ ...row })) break;
    const last = answer.rows.at(-1)?.commit_no;
    // A page ends after a whole commit, if it has more than one.
    if (answer.isFull && answer.rows[0].commit_no !== last) answer.rows = answer.rows.filter(({ commit_no }) => commit_no !== last);
    return {
      changes: answer.rows,
      ...(answer.isFull && { truncated: true, go_on: `call again with since ${answer.rows.at(-1).commit_no}` }),
    };
  }

  explain({ table, key }) {
    const rows = this.#db.iterate(
      `SELECT commit_no, h.committed_at, operation, key, ${this.#cut('row')} AS row, _valid_from, _valid_to, _system_to, notes ` +
        'FROM spectradb_history(?, ?) AS h LEFT JOIN spectradb_commits AS c USING (commit_no)',
      table,
      Array.isArray(key) ? JSON.stringify(key) : key,
    );
    const answer = new Answer(this.limits);
    for (const row of rows) if (!answer.add({ ...row })) break;
    return { facts: answer.rows, ...(answer.isFull && { truncated: true, go_on: 'read the rest with query, from spectradb_history(table, key)' }) };
  }

  /** Returns what a memory knows about a text, the best first. */
  recall({ text = null, ns = null, k = 10, half_life = null, budget = null, as_of = null, valid_at = null }) {
    const rows = this.#db.iterate(
      `SELECT ns, key, ${this.#cut('value')} AS value, score, kind, source, _valid_from, _valid_to, commit_no ` +
        'FROM spectradb_recall(?, ?, NULL, ?, ?, ?, ?, ?, ?)',
      MEMORY,
      text,
      ns,
      BigInt(Math.min(k, this.limits.rows + 1)),
      half_life,
      budget === null ? null : BigInt(budget),
      as_of,
      valid_at,
    );
    const answer = new Answer(this.limits);
    for (const row of rows) if (!answer.add({ ...row })) break;
    return { facts: answer.rows, ...(answer.isFull && { truncated: true, go_on: 'ask for fewer facts, or with other words' }) };
  }

  row({ table, key, as_of, valid_at }) {
    const found = this.tables().find(({ name, is_temporal }) => is_temporal && name.toLowerCase() === table.toLowerCase());
    if (found === undefined) throw new Error(`there is no temporal table ${table}`);
    const columns = (found.key ?? 'rowid').split(',').map((name) => name.trim());
    const values = columns.length > 1 ? JSON.parse(key) : [key];
    return this.query({
      sql: `SELECT * FROM ${quoted(found.name)} WHERE ${columns.map((name) => `CAST(${quoted(name)} AS TEXT) = ?`).join(' AND ')}`,
      params: values.map(String),
      as_of,
      valid_at,
    });
  }

  close() {
    this.#db.close();
  }
}

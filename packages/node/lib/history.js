'use strict';
// Reads what changed: rows of the extension's functions, with their JSON parsed.

const { toParameter } = require('./engine.js');

const isInteger = /^-?\d+$/;

/** Reads the extension's JSON; integers that a number cannot hold become BigInts. */
function readJson(text) {
  if (typeof text !== 'string') return text;
  return JSON.parse(text, (_, value, context) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && context && isInteger.test(context.source)
      ? BigInt(context.source)
      : value,
  );
}

function readColumns(row, names) {
  for (const name of names) row[name] = readJson(row[name]);
  return row;
}

// Writes a value of a key with several columns as the extension's JSON does.
function spell(value) {
  const given = toParameter(value);
  if (typeof given === 'bigint') return String(given);
  if (ArrayBuffer.isView(given)) return `"X'${Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString('hex')}'"`;
  return JSON.stringify(given);
}

const keyOf = (key) => (Array.isArray(key) ? `[${key.map(spell).join(',')}]` : key);

function history(db, table, key) {
  const given = key === undefined ? [table] : [table, keyOf(key)];
  return db
    .all(
      `SELECT h.*, c.notes FROM spectradb_history(${given.map(() => '?').join(', ')}) AS h LEFT JOIN spectradb_commits AS c USING (commit_no)`,
      ...given,
    )
    .map((row) => readColumns(row, ['row', 'notes']));
}

function diff(db, table, from, to = null, valid = null) {
  return db
    .all('SELECT * FROM spectradb_diff(?, ?, ?, ?)', table, from, to, valid)
    .map((row) => readColumns(row, ['before', 'after']));
}

const WINDOW = 1000; // commits that are read at once

function wait(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      if (signal) signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (signal) signal.addEventListener('abort', done, { once: true });
  });
}

/** Remembers where a named consumer is, by the last commit that it has finished, in an ordinary table of the database. */
class Cursor {
  constructor(db, consumer, table) {
    const name = `"${table.replaceAll('"', '""')}"`;
    db.exec(`CREATE TABLE IF NOT EXISTS ${name} (consumer TEXT PRIMARY KEY, commit_no INTEGER NOT NULL) WITHOUT ROWID`);
    this.consumer = consumer;
    this.reading = db.prepare(`SELECT commit_no FROM ${name} WHERE consumer = ?`);
    this.writing = db.prepare(
      `INSERT INTO ${name} VALUES (?, ?) ON CONFLICT (consumer) DO UPDATE SET commit_no = excluded.commit_no`,
    );
  }
  read() {
    const row = this.reading.get(this.consumer);
    return row === undefined ? undefined : row.commit_no;
  }
  write(commit) {
    this.writing.run(this.consumer, commit);
  }
}

function commitOf(db, since) {
  if (typeof since === 'number' || typeof since === 'bigint') return Number(since);
  return db.get('SELECT coalesce(max(commit_no), 0) AS n FROM spectradb_commits WHERE committed_at <= ?', toParameter(since)).n;
}

/** Gives the commits after `since` with their changes, and with `follow` those that are still to come. */
async function* changes(db, { table = null, since, consumer, cursorTable = 'spectradb_cursors', follow = true, interval = 100, signal } = {}) {
  const cursor = consumer === undefined ? null : new Cursor(db, consumer, cursorTable);
  const begin = since === undefined ? undefined : commitOf(db, since);
  let at = begin ?? cursor?.read() ?? 0;
  while (!signal?.aborted) {
    const last = db.get('SELECT spectradb_commit() AS n').n;
    if (at >= last) {
      if (!follow) return;
      await wait(interval, signal);
      continue;
    }
    const until = Math.min(at + WINDOW, last);
    for (const commit of commitsOf(db, table, at, until)) {
      let isAcknowledged = cursor === null;
      commit.acknowledge = () => {
        if (!isAcknowledged) cursor.write(commit.commit_no);
        isAcknowledged = true;
      };
      yield commit;
      commit.acknowledge();
      if (signal?.aborted) return;
    }
    at = until;
  }
}

function commitsOf(db, table, since, until) {
  const found = new Map();
  const rows = db.all('SELECT * FROM spectradb_changes(?, ?) WHERE commit_no <= ? ORDER BY commit_no', table, since, until);
  for (const { commit_no, committed_at, ...change } of rows) {
    if (!found.has(commit_no)) {
      const notes = db.get('SELECT notes FROM spectradb_commits WHERE commit_no = ?', commit_no);
      found.set(commit_no, { commit_no, committed_at, notes: readJson(notes?.notes ?? null), changes: [] });
    }
    found.get(commit_no).changes.push(readColumns(change, ['row']));
  }
  return found.values();
}

module.exports = { changes, diff, history, readJson };

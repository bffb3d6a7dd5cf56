// Measures how much more a repeated statement costs through this package than in node:sqlite alone, which
// gets the same plain SQL on the same connection. The two take turns, and the fastest round of each counts,
// so that whatever else the machine does matters least. usage: node repeated.mjs [ROUNDS]; prints
// nanoseconds a call, the difference and the ratio
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const { open } = createRequire(import.meta.url)('..');
const ROUNDS = Number(process.argv[2] ?? 1000);
const CALLS = 100;

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-bench-'));
const db = open(path.join(directory, 'my.db'));
db.exec(`CREATE TABLE plain (id INTEGER PRIMARY KEY, v INTEGER);
  CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER) WITH SYSTEM VERSIONING;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO plain SELECT i, i FROM n;
  INSERT INTO t SELECT * FROM plain;
  UPDATE t SET v = v + 1`);
const plainText = (sql) => db.native.prepare('SELECT spectradb_sql(?) AS text').get(sql).text;

// Makes a case: what the package does with a call, and what node:sqlite does with the text that was
// rewritten before.
function prepared(sql, ...given) {
  const ours = db.prepare(sql);
  const native = db.native.prepare(plainText(sql));
  return [() => ours.get(...given), () => native.get(...given)];
}

function anew(sql, ...given) {
  const text = plainText(sql);
  return [() => db.get(sql, ...given), () => db.native.prepare(text).get(...given)];
}

function written(sql, ...given) {
  const ours = db.prepare(sql);
  const native = db.native.prepare(plainText(sql));
  return [() => ours.run(...given), () => native.run(...given)];
}

const PLAIN = 'SELECT v FROM plain WHERE id = ?';
const TEMPORAL = 'SELECT v FROM t WHERE id = ?';
const PAST = 'SELECT v FROM t AS OF ? WHERE id = ?';
const CASES = {
  'prepared once, ordinary table': prepared(PLAIN, 7),
  'prepared once, temporal table': prepared(TEMPORAL, 7),
  'prepared once, AS OF': prepared(PAST, 1n, 7),
  'prepared once, write': written('UPDATE plain SET v = ? WHERE id = ?', 1, 7),
  'prepared once, RETURNING': prepared('UPDATE plain SET v = v + 1 WHERE id = ? RETURNING v', 7),
  'text each time, ordinary table': anew(PLAIN, 7),
  'text each time, AS OF': anew(PAST, 1n, 7),
};

function time(call) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS; ++i) call();
  return Number(process.hrtime.bigint() - start) / CALLS;
}

db.exec('BEGIN');
console.log('| statement | node:sqlite, ns | this package, ns | more, ns | ratio |\n|---|--:|--:|--:|--:|');
for (const [name, calls] of Object.entries(CASES)) {
  const fastest = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; ++round) calls.forEach((call, i) => (fastest[i] = Math.min(fastest[i], time(call))));
  const [ours, native] = fastest;
  console.log(`| ${name} | ${native.toFixed(0)} | ${ours.toFixed(0)} | ${(ours - native).toFixed(0)} | ${(ours / native).toFixed(2)} |`);
}
db.exec('ROLLBACK');
db.close();
fs.rmSync(directory, { recursive: true });

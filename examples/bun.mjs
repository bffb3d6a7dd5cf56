// Bun, whose bun:sqlite carries an SQLite of its own: each statement goes through spectradb_sql(), which says what plain SQL
// it stands for. usage: bun bun.mjs [MODULE]
import { Database } from 'bun:sqlite';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-'));
const db = new Database(path.join(directory, 'my.db'));
db.loadExtension((process.argv[2] ?? 'spectradb').replace(/\.so$/, ''));

const rewrite = db.query('SELECT spectradb_sql(?) AS text');
const prepare = (sql) => db.query(rewrite.get(sql).text);

prepare('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING').run();
prepare('INSERT INTO accounts VALUES (?, ?, ?)').run(1, 'alice', 100); // commit 1
prepare('UPDATE accounts SET balance = balance - 20').run(); // commit 2
console.log(`now|${prepare('SELECT balance FROM accounts').get().balance}`);
console.log(`after commit 1|${prepare('SELECT balance FROM accounts AS OF ?').get(1).balance}`);
db.close();
fs.rmSync(directory, { recursive: true });

// Deno, whose node:sqlite carries an SQLite of its own: each statement goes through spectradb_sql(), which says what plain SQL
// it stands for. usage: deno run --allow-all deno.mjs [MODULE]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-'));
const db = new DatabaseSync(path.join(directory, 'my.db'), { allowExtension: true });
db.loadExtension((process.argv[2] ?? 'spectradb').replace(/\.so$/, ''));

const rewrite = db.prepare('SELECT spectradb_sql(?) AS text');
const prepare = (sql) => db.prepare(rewrite.get(sql).text);

prepare('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING').run();
prepare('INSERT INTO accounts VALUES (?, ?, ?)').run(1, 'alice', 100); // commit 1
prepare('UPDATE accounts SET balance = balance - 20').run(); // commit 2
console.log(`now|${prepare('SELECT balance FROM accounts').get().balance}`);
console.log(`after commit 1|${prepare('SELECT balance FROM accounts AS OF ?').get(1).balance}`);
db.close();
fs.rmSync(directory, { recursive: true });

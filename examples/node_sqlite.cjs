// Node's own node:sqlite, through the npm package spectradb (packages/node): temporal SQL as it is. Needs Node 22.13.
// usage: node node_sqlite.cjs [MODULE]     without a module the one of the package
const fs = require('fs');
const os = require('os');
const path = require('path');
const { open } = require('spectradb');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-'));
const db = open(path.join(directory, 'my.db'), process.argv[2] && { module: process.argv[2] });

db.exec('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING');
db.run('INSERT INTO accounts VALUES (?, ?, ?)', 1, 'alice', 100); // commit 1
db.run('UPDATE accounts SET balance = balance - 20'); // commit 2
console.log(`now|${db.get('SELECT balance FROM accounts').balance}`);
const commit = 1;
for (const { balance } of db.sql`SELECT balance FROM accounts AS OF ${commit}`) console.log(`after commit 1|${balance}`);
db.close();
fs.rmSync(directory, { recursive: true });

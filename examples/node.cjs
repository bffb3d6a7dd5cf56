// Node with better-sqlite3, which carries an SQLite of its own: the hook does not reach it, so each statement goes through
// spectradb_sql(), which says what plain SQL it stands for. usage: node node.cjs [MODULE]
const fs = require('fs');
const os = require('os');
const path = require('path');
const Database = require('better-sqlite3');

const module_ = (process.argv[2] || 'spectradb').replace(/\.so$/, '');
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-'));
const db = new Database(path.join(directory, 'my.db'));
db.loadExtension(module_);

const rewrite = db.prepare('SELECT spectradb_sql(?)').pluck();
const prepare = (sql) => db.prepare(rewrite.get(sql));

prepare('CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING').run();
prepare('INSERT INTO accounts VALUES (?, ?, ?)').run(1, 'alice', 100); // commit 1
prepare('UPDATE accounts SET balance = balance - 20').run(); // commit 2
console.log(`now|${prepare('SELECT balance FROM accounts').pluck().get()}`);
// Parameters by name: where a clause stands behind them, spectradb_sql() numbers anonymous ones (?1), which better-sqlite3
// takes for names.
console.log(`after commit 1|${prepare('SELECT balance FROM accounts AS OF :n').pluck().get({ n: 1 })}`);
db.close();
fs.rmSync(directory, { recursive: true });

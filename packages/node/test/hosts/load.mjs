// Tests load() in drivers that have an SQLite of their own: bun:sqlite where Bun runs this, otherwise
// libsql.
import { load, wrap } from 'spectradb';

const isBun = typeof Bun !== 'undefined';
const { Database } = isBun ? await import('bun:sqlite') : { Database: (await import('libsql')).default };
const db = load(new Database(':memory:'));

let checks = 0;
function expect(given, right) {
  ++checks;
  if (JSON.stringify(given) !== JSON.stringify(right)) throw new Error(`${JSON.stringify(given)} is not ${JSON.stringify(right)}`);
}

db.exec('CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v)');
db.exec("INSERT INTO t VALUES (1, 'a')");
db.exec("UPDATE t SET v = 'b'");
expect(db.prepare('SELECT v FROM t(1)').all(), [{ v: 'a' }]);
expect(db.prepare("SELECT spectradb_sql('SELECT v FROM t AS OF 1') LIKE '%t(%1%)%' AS n").get().n, 1);
if (!isBun) {
  const wrapped = wrap(db);
  wrapped.exec('CREATE TABLE p (k TEXT PRIMARY KEY, v) WITH SYSTEM VERSIONING');
  expect(wrapped.prepare('INSERT INTO p VALUES (?, ?) RETURNING k').all('x', 1), [{ k: 'x' }]);
  expect(wrapped.prepare('SELECT k FROM p AS OF ?').all(2), []);
}
console.log(`pass ${checks}`);

// The interface of the WebAssembly build: node --test, with SPECTRADB_WASM naming the folder of spectradb.mjs.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

const { open, SpectraError } = await import(pathToFileURL(resolve(process.env.SPECTRADB_WASM, 'spectradb.mjs')).href);

async function ledger() {
  const db = await open();
  db.exec(`CREATE TABLE prices (item TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING;
           INSERT INTO prices VALUES ('tea', 3), ('milk', 1.5);
           UPDATE prices SET price = 4 WHERE item = 'tea';
           DELETE FROM prices WHERE item = 'milk';`);
  return db;
}

test('temporal SQL is understood', async () => {
  const db = await ledger();
  assert.deepEqual(db.exec('SELECT item, price FROM prices'), [{ columns: ['item', 'price'], rows: [['tea', 4]] }]);
  assert.deepEqual(db.exec('SELECT item, price FROM prices FOR SYSTEM_TIME AS OF 1 ORDER BY item')[0].rows, [['milk', 1.5], ['tea', 3]]);
  assert.equal(db.exec('SELECT count(*) FROM prices FOR SYSTEM_TIME ALL')[0].rows[0][0], 3);
  assert.deepEqual(db.exec("SELECT spectradb_check(), spectradb_config('storage')")[0].rows, [['ok', 'rows']]);
});

test('values keep their types, and their bytes', async () => {
  const db = await open();
  const values = [null, 7, 2 ** 53 - 1, 2n ** 63n - 1n, -(2n ** 63n), 0.1, 1e300, 'é\u{1f600}\uFEFFb', '', new Uint8Array([0, 255, 1]), new Uint8Array()];
  const [{ rows }] = db.exec(`SELECT ${values.map(() => '?').join()}`, ...values);
  assert.deepEqual(rows[0], values);
  assert.deepEqual(db.exec('SELECT ?, ?', true, false)[0].rows, [[1, 0]]);
  db.exec('CREATE TABLE kept (pk TEXT PRIMARY KEY, a, b) WITH SYSTEM VERSIONING; INSERT INTO kept VALUES (?, ?, ?)', 'one', 'a\0b', new Uint8Array(5000));
  assert.deepEqual(db.exec('SELECT a, b FROM kept')[0].rows, [['a\0b', new Uint8Array(5000)]]);
});

test('parameters go to the statements in turn', async () => {
  const db = await ledger();
  const results = db.exec('SELECT price FROM prices WHERE item = ?; SELECT count(*) FROM prices FOR SYSTEM_TIME AS OF ?', 'tea', 1);
  assert.deepEqual(results.map(({ rows }) => rows), [[[4]], [[2]]]);
  assert.throws(() => db.exec('SELECT ?'), /1 parameters/);
  assert.throws(() => db.exec('SELECT ?', 1, 2), /1 values are left/);
  assert.throws(() => db.exec('SELECT ?', {}), /no value/);
  assert.throws(() => db.exec('SELECT ?', 2n ** 63n), /64 bits/);
});

test('an error says what SQLite or SpectraDB says, and the database goes on', async () => {
  const db = await ledger();
  assert.throws(() => db.exec('SELECT nothing FROM prices'), (error) => error instanceof SpectraError && error.code === 1 && /nothing/.test(error.message));
  assert.throws(() => db.exec('SELECT * FROM prices FOR SYSTEM_TIME AS OF'), SpectraError);
  assert.throws(() => db.exec('SELECT 1\0'), /NUL/);
  assert.throws(() => db.exec("INSERT INTO prices VALUES ('coffee', 2); INSERT INTO prices VALUES ('coffee', 3)"), SpectraError);
  assert.equal(db.exec('SELECT count(*) FROM prices')[0].rows[0][0], 2);
  assert.deepEqual(db.exec(' -- nothing\n;; /* still nothing */ '), []);
  db.close();
  db.close();
  assert.throws(() => db.exec('SELECT 1'), /closed/);
  await assert.rejects(async () => (await open(new TextEncoder().encode('no database'.repeat(200)))).exec('SELECT * FROM sqlite_master'), SpectraError);
});

test('a database is its bytes', async () => {
  const db = await ledger();
  const bytes = db.export();
  db.exec("INSERT INTO prices VALUES ('late', 9)");
  const copy = await open(bytes);
  assert.deepEqual(copy.exec('SELECT item FROM prices')[0].rows, [['tea']]);
  assert.equal(copy.exec('SELECT price FROM prices FOR SYSTEM_TIME AS OF 1 WHERE item = ?', 'tea')[0].rows[0][0], 3);
  copy.exec("INSERT INTO prices VALUES ('other', 1)");
  assert.equal(copy.exec('SELECT spectradb_check()')[0].rows[0][0], 'ok');
  assert.equal(db.exec("SELECT count(*) FROM prices WHERE item = 'other'")[0].rows[0][0], 0);
  const log = bytes.slice();
  log.fill(2, 18, 20);  // as a file has it that was written with a write-ahead log
  assert.equal((await open(log)).exec('SELECT count(*) FROM prices')[0].rows[0][0], 1);
  assert.deepEqual((await open((await open()).export())).exec('SELECT count(*) FROM sqlite_master')[0].rows, [[0]]);
});

test('transactions are rolled back, and savepoints', async () => {
  const db = await ledger();
  db.exec("BEGIN; INSERT INTO prices VALUES ('a', 1); SAVEPOINT s; INSERT INTO prices VALUES ('b', 1); ROLLBACK TO s; COMMIT");
  db.exec("BEGIN; INSERT INTO prices VALUES ('c', 1); ROLLBACK");
  assert.deepEqual(db.exec('SELECT item FROM prices ORDER BY item')[0].rows, [['a'], ['tea']]);
});

test('a history that is flushed and merged stays readable', async () => {
  const db = await open();
  db.exec("SELECT spectradb_config('memtable_max_bytes', 65536)");
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING');
  for (let round = 0; round < 20; ++round) {
    db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO t SELECT i, ? || i FROM n WHERE true ON CONFLICT (id) DO UPDATE SET v = excluded.v`, `round ${round} `);
  }
  db.exec('SELECT spectradb_compact()');
  assert.equal(db.exec('SELECT v FROM t WHERE id = 500')[0].rows[0][0], 'round 19 500');
  assert.equal(db.exec('SELECT v FROM t FOR SYSTEM_TIME AS OF 3 WHERE id = 500')[0].rows[0][0], 'round 2 500');
  assert.equal(db.exec('SELECT count(*) FROM t FOR SYSTEM_TIME ALL')[0].rows[0][0], 20000);
  assert.equal(db.exec('SELECT spectradb_check()')[0].rows[0][0], 'ok');
});

test('a REAL becomes text as in an ordinary table', async () => {
  const db = await open();
  db.exec('CREATE TABLE temporal (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; CREATE TABLE ordinary (id INTEGER PRIMARY KEY, v TEXT)');
  for (const real of [0.1, 1 / 3, -0.0, 1e15, 7681903108439810.5, -3.2025994189584428e186]) {
    for (const table of ['temporal', 'ordinary']) db.exec(`INSERT INTO ${table} (v) VALUES (?)`, real);
  }
  const [kept, wanted] = ['temporal', 'ordinary'].map((table) => db.exec(`SELECT v FROM ${table} ORDER BY id`)[0].rows);
  assert.deepEqual(kept, wanted);
});

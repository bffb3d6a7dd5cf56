// Tests open() and the objects that it returns, as an installed package, from ESM and CommonJS.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import spectradb, { SqliteError, getLoadablePath, load, open } from 'spectradb';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-node-'));
after(() => fs.rmSync(directory, { recursive: true }));
let made = 0;
const newPath = () => path.join(directory, `${++made}.db`);

const SCRIPT = `
  CREATE TABLE prices (sku TEXT PRIMARY KEY, price REAL) WITH SYSTEM VERSIONING;
  INSERT INTO prices VALUES ('a', 10) VALID FROM '2026-01-01';  -- a comment; with a semicolon
  UPDATE prices FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET price = 8;
`;

function newDatabase(target = ':memory:') {
  const db = open(target);
  db.exec(SCRIPT);
  return db;
}
const plain = (rows) => [...rows].map((row) => ({ ...row }));

test('the same from both kinds of modules', () => {
  const required = createRequire(import.meta.url)('spectradb');
  assert.equal(required.open, open);
  assert.equal(spectradb.open, open);
  assert.ok(fs.existsSync(getLoadablePath()));
});

test('entry points have their names in both kinds of modules', async () => {
  const require = createRequire(import.meta.url);
  for (const [place, name] of [['spectradb/better-sqlite3', 'wrap'], ['spectradb/keyv', 'KeyvSpectra']]) {
    const found = await import(place);
    assert.equal(found.default, require(place));
    assert.equal(found[name], require(place)[name]);
    assert.equal(typeof found[name], 'function');
  }
});

test('load() into a connection of node:sqlite', () => {
  const native = load(new DatabaseSync(':memory:', { allowExtension: true }));
  assert.equal(native.prepare('SELECT spectradb_hooked() AS n').get().n, 0);
  assert.throws(() => load(new DatabaseSync(':memory:')), /allowExtension/);
  assert.throws(() => load({}), TypeError);
});

test('temporal SQL', () => {
  const db = newDatabase();
  assert.equal(db.get("SELECT price FROM prices VALID AT '2026-06-15' AS OF 1").price, 10);
  assert.equal(db.get('SELECT price FROM prices VALID AT ? AS OF ?', new Date(Date.UTC(2026, 5, 15)), 2).price, 8);
  assert.equal(db.get('SELECT price FROM prices VALID AT :day', { day: '2026-06-15' }).price, 8);
  assert.equal(db.sql`SELECT price FROM prices VALID AT ${'2026-06-15'} AS OF ${1n}`.get().price, 10);
  assert.deepEqual(plain(db.sql`SELECT price FROM prices FOR ALL VALID_TIME ORDER BY _valid_from`.iterate()), [{ price: 10 }, { price: 8 }, { price: 10 }]);
  assert.deepEqual(plain(db.all("INSERT INTO prices VALUES (?, ?) ON CONFLICT (sku) DO UPDATE SET price = excluded.price RETURNING *", 'b', 3)), [{ sku: 'b', price: 3 }]);
  assert.equal(db.run('UPDATE prices SET price = 4 WHERE sku = ?', 'b').changes, 1);
  db.exec('CREATE TABLE keyed (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING');
  assert.equal(db.run('INSERT INTO keyed (v) VALUES (?)', 'x').lastInsertRowid, 1);
  assert.deepEqual(plain(db.all('INSERT INTO keyed (v) VALUES (?), (:v) RETURNING id, v', { v: 'z' }, 'y')), [{ id: 2, v: 'y' }, { id: 3, v: 'z' }]);
  db.close();
});

test('one statement is prepared, a script executed', () => {
  const db = open(':memory:');
  assert.throws(() => db.prepare('SELECT 1; SELECT 2'), RangeError);
  assert.throws(() => db.prepare(' -- nothing'), RangeError);
  assert.equal(db.prepare('SELECT 1 AS n; -- the end').get().n, 1);
  db.exec(`CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT);
    CREATE TABLE log (v) WITH SYSTEM VERSIONING;
    CREATE TRIGGER o_in AFTER INSERT ON o BEGIN INSERT INTO log VALUES (new.v); SELECT ';'; END;
    INSERT INTO o (v) VALUES ('a;b') RETURNING id`);
  assert.equal(db.get('SELECT v FROM log').v, 'a;b');
  assert.throws(() => db.get('SELECT ?', 1, 2), /Too many parameter values/);
  assert.throws(() => db.get('SELECT ? FROM log AS OF ?', 1), /Too few parameter values/);
  assert.equal(db.get('SELECT ? AS n', undefined).n, null);
  db.close();
});

test('integers keep their digits', () => {
  const db = open(':memory:');
  db.exec('CREATE TABLE big (id INTEGER PRIMARY KEY, n INTEGER) WITH SYSTEM VERSIONING');
  const row = db.get('INSERT INTO big (n) VALUES (?) RETURNING id, n', 9007199254740993n);
  assert.deepEqual({ ...row }, { id: 1, n: 9007199254740993n });
  assert.equal(db.get('SELECT count(*) AS n FROM big').n, 1);
  const statement = db.prepare('SELECT id, n FROM big');
  assert.deepEqual({ ...statement.get() }, { id: 1, n: 9007199254740993n });
  assert.deepEqual(plain(statement.iterate()), [{ id: 1, n: 9007199254740993n }]);
  assert.deepEqual({ ...statement.setReadBigInts(true).get() }, { id: 1n, n: 9007199254740993n });
  assert.equal(db.history('big')[0].row.n, 9007199254740993n);
  db.exec('CREATE TABLE ordinary (id INTEGER PRIMARY KEY)');
  for (const table of ['big (id)', 'ordinary']) {
    const insert = db.prepare(`INSERT INTO ${table} VALUES (?)`);
    assert.equal(insert.run(9007199254740993n).lastInsertRowid, 9007199254740993n, table);
    assert.equal(insert.run(7).lastInsertRowid, 7, table);
  }
  db.exec('CREATE TABLE pair (a INTEGER, b BLOB, PRIMARY KEY (a, b)) WITH SYSTEM VERSIONING');
  db.run('INSERT INTO pair VALUES (?, ?)', 9007199254740993n, new Uint8Array([1, 255]));
  assert.equal(db.history('pair', [9007199254740993n, new Uint8Array([1, 255])]).length, 1);
  assert.equal(db.history('pair', [9007199254740992n, new Uint8Array([1, 255])]).length, 0);
  db.close();
});

test('views read at their times, whatever the connection does', () => {
  const db = newDatabase();
  const past = db.asOf(1);
  const june = db.validAt('2026-06-15');
  const both = june.asOf(1);
  const iterator = past.iterate('SELECT price FROM prices VALID AT ?', '2026-06-15');
  db.run("UPDATE prices SET price = 1 WHERE sku = 'a'");
  assert.equal(iterator.next().value.price, 10);
  assert.deepEqual([june.get('SELECT price FROM prices').price, both.get('SELECT price FROM prices -- no more').price], [8, 10]);
  assert.equal(past.sql`SELECT price FROM prices VALID AT ${'2026-03-01'} LIMIT ${1}`.get().price, 10);
  assert.equal(past.get('SELECT price FROM prices AS OF 2 VALID AT :day', { day: '2026-06-15' }).price, 8);
  assert.equal(past.get('WITH p AS (SELECT * FROM prices) SELECT count(*) AS n FROM p').n, 1);
  assert.throws(() => past.all("INSERT INTO prices VALUES ('x', 1)"), { code: 'SQLITE_READONLY' });
  assert.throws(() => past.all("WITH x AS (SELECT 1) DELETE FROM prices"), SqliteError);
  assert.throws(() => db.asOf(undefined), TypeError);
  assert.equal(db.get('SELECT spectradb_as_of() AS t').t, null);
  db.close();
});

test('transactions', () => {
  const db = newDatabase();
  const add = db.transaction((sku, price) => db.run('INSERT INTO prices VALUES (?, ?)', sku, price));
  add('b', 1);
  const both = db.transaction(() => {
    add('c', 1);
    assert.throws(() => add('c', 2), { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    add.immediate('d', 1);
    assert.equal(db.inTransaction, true);
  });
  both();
  assert.equal(db.inTransaction, false);
  assert.equal(db.commit, 4);
  assert.throws(() => db.transaction(() => {
    add('e', 1);
    throw new Error('no');
  })(), /no/);
  assert.throws(() => db.transaction(async () => add('f', 1))(), TypeError);
  assert.deepEqual(db.all('SELECT sku FROM prices ORDER BY sku').map(({ sku }) => sku), ['a', 'b', 'c', 'd']);
  db.close();
});

test('what changed, who and why', async () => {
  const db = newDatabase();
  db.annotate({ author: 'ann', ticket: 17 }, () => db.run("INSERT INTO prices VALUES ('b', 5)"));
  assert.throws(() => db.annotate({ author: 'nobody' }), SqliteError);
  assert.throws(() => db.annotate({ author: { name: 'ann' } }, () => 1), /annotate\(\): author is an object/);
  const facts = db.history('prices', 'b');
  assert.deepEqual(facts.map(({ operation, row, notes }) => ({ operation, row, notes })), [{ operation: 'insert', row: { sku: 'b', price: 5 }, notes: { author: 'ann', ticket: 17 } }]);
  assert.equal(db.history('prices').length, 3);
  assert.deepEqual(db.diff('prices', 2).map(({ operation, key, before, after }) => [operation, key, before, after]), [['insert', 'b', null, { sku: 'b', price: 5 }]]);
  assert.equal(db.diff('prices', 1, 2, 'all').length, 1);
  db.exec('CREATE TABLE pair (a, b, v, PRIMARY KEY (a, b)) WITH SYSTEM VERSIONING');
  db.run('INSERT INTO pair VALUES (?, ?, ?)', 'x', 'y', 1);
  assert.equal(db.history('pair', ['x', 'y']).length, 1);
  db.close();
});

test('changes() goes on where its consumer was', async () => {
  const file = newPath();
  const db = newDatabase(file);
  const read = async (database, options) => {
    const seen = [];
    for await (const { commit_no, changes } of database.changes({ follow: false, ...options })) seen.push([commit_no, changes.map(({ table_name, key }) => `${table_name} ${key}`)]);
    return seen;
  };
  assert.deepEqual(await read(db, { consumer: 'mail' }), [[1, ['prices a']], [2, ['prices a']]]);
  assert.deepEqual(await read(db, { consumer: 'mail' }), []);
  assert.deepEqual(await read(db, { since: 1 }), [[2, ['prices a']]]);
  assert.deepEqual(await read(db, { since: new Date(0) }), await read(db));
  db.run("INSERT INTO prices VALUES ('b', 1)");
  db.run("INSERT INTO prices VALUES ('c', 1)");
  // A consumer that fails gets the same commit again.
  await assert.rejects(async () => {
    for await (const commit of db.changes({ consumer: 'mail' })) throw new Error(`at ${commit.commit_no}`);
  }, /at 3/);
  db.close();

  const again = open(file);
  const local = [];
  for await (const commit of again.changes({ consumer: 'mail', follow: false })) {
    again.transaction(() => {
      local.push(commit.commit_no);
      commit.acknowledge();
    })();
  }
  assert.deepEqual(local, [3, 4]);

  const controller = new AbortController();
  const later = open(file);
  const followed = [];
  const following = (async () => {
    for await (const commit of again.changes({ consumer: 'mail', interval: 5, signal: controller.signal })) {
      followed.push(commit.commit_no);
      if (followed.length === 2) controller.abort();
    }
  })();
  later.run("INSERT INTO prices VALUES ('d', 1)");
  later.run("INSERT INTO prices VALUES ('e', 1)");
  await following;
  assert.deepEqual(followed, [5, 6]);
  later.close();
  again.close();
});

test('errors have a code and a place', () => {
  const db = newDatabase();
  const failure = (sql) => {
    try {
      db.exec(sql);
    } catch (error) {
      assert.ok(error instanceof SqliteError, String(error));
      return [error.code, error.line, error.column];
    }
    throw new Error('it did not fail');
  };
  assert.deepEqual(failure('SELECT 1;\nSELECT price\n  frm FROM prices, x frm frm'), ['SQLITE_ERROR', 3, 26]);
  assert.deepEqual(failure("SELECT 'frm', \"frm\" frm, frm frm frm"), ['SQLITE_ERROR', 1, 34]);
  assert.deepEqual(failure('SELECT nope FROM prices AS OF 1'), ['SQLITE_ERROR', 1, 8]);
  assert.deepEqual(failure('SELECT * FROM nothing'), ['SQLITE_ERROR', 1, 15]);
  assert.deepEqual(failure('SELECT ('), ['SQLITE_ERROR', 1, 9]);
  assert.deepEqual(failure("INSERT INTO prices VALUES ('a', 1)"), ['SQLITE_CONSTRAINT_PRIMARYKEY', undefined, undefined]);
  db.close();
});

test('statements that are kept follow the schema', () => {
  const file = newPath();
  const db = open(file);
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)');
  const insert = db.prepare('INSERT INTO t (v) VALUES (?) RETURNING id, v');
  assert.deepEqual({ ...insert.get('a') }, { id: 1, v: 'a' });
  const other = open(file);
  other.exec('ALTER TABLE t ADD SYSTEM VERSIONING');
  assert.deepEqual({ ...insert.get('b') }, { id: 2, v: 'b' });
  const past = db.prepare('SELECT id, v FROM t AS OF ?');
  assert.deepEqual(plain(past.all(1)), [{ id: 1, v: 'a' }]);
  other.exec('ALTER TABLE t ADD COLUMN w DEFAULT 7; CREATE INDEX by_v ON t (v)');
  assert.deepEqual(plain(past.all(1)), [{ id: 1, v: 'a' }]);
  assert.deepEqual(plain(db.all('SELECT * FROM t AS OF ?', 1)), [{ id: 1, v: 'a', w: 7 }]);
  db.exec('ALTER TABLE t DROP COLUMN w');
  assert.deepEqual(plain(db.all('SELECT * FROM t AS OF ?', 1)), [{ id: 1, v: 'a' }]);
  assert.deepEqual(plain(past.all(1)), [{ id: 1, v: 'a' }]);
  db.exec('DROP TABLE t');
  assert.throws(() => past.all(1), SqliteError);
  const create = db.prepare('CREATE TABLE IF NOT EXISTS t (k TEXT PRIMARY KEY) WITH SYSTEM VERSIONING');
  create.run();
  create.run();
  assert.equal(db.get('SELECT count(*) AS n FROM t').n, 0);
  other.close();
  db.close();
});

test('RETURNING and ON CONFLICT are right as soon as another connection makes the table temporal', () => {
  const READ = 'SELECT id, v FROM t ORDER BY id';
  const CASES = [
    ['INSERT INTO t (v) VALUES (?) RETURNING v', ['x'], [{ v: 'x' }]],
    ['REPLACE INTO t VALUES (1, ?) RETURNING id, v', ['x'], [{ id: 1, v: 'x' }]],
    ['UPDATE t SET v = ? RETURNING v', ['x'], [{ v: 'x' }]],
    ['DELETE FROM t WHERE id = ? RETURNING v', [1], [{ v: 'a' }]],
    ['INSERT INTO t VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET v = excluded.v', ['x'], []],
    ['INSERT INTO t VALUES (1, ?) ON CONFLICT DO NOTHING', ['x'], []],
  ];
  for (const method of ['all', 'iterate', 'again']) {
    for (const [sql, given, returned] of CASES) {
      const file = newPath();
      const [db, other, usual] = [open(file), open(file), open(newPath())];
      for (const each of [db, usual]) each.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)');
      const statement = db.prepare(sql);
      statement.all(...given);
      other.exec("DELETE FROM t; INSERT INTO t VALUES (1, 'a'); ALTER TABLE t ADD SYSTEM VERSIONING");
      usual.exec("INSERT INTO t VALUES (1, 'a')");
      const rows = method === 'again' ? db.all(sql, ...given) : [...statement[method](...given)];
      assert.deepEqual(plain(rows), returned, `${method}: ${sql}`);
      usual.all(sql, ...given);
      assert.deepEqual(plain(db.all(READ)), plain(usual.all(READ)), sql); // once, and not twice
      for (const each of [db, other, usual]) each.close();
    }
  }
});

test('a RETURNING that fails fails', () => {
  const db = newDatabase();
  db.exec('CREATE TABLE u (id INTEGER PRIMARY KEY, v UNIQUE)');
  const insert = db.prepare('INSERT INTO u (v) VALUES (?) RETURNING id');
  assert.equal(insert.get('a').id, 1);
  assert.throws(() => insert.get('a'), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  assert.throws(() => [...insert.iterate('a')], { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  db.exec('DROP TABLE u');
  assert.throws(() => insert.get('b'), /no such table: u/);
  db.close();
});

test('more texts than are remembered', () => {
  const db = newDatabase();
  const kept = db.prepare('SELECT price FROM prices AS OF ?');
  for (let n = 0; n < 2000; ++n) assert.equal(db.get(`SELECT ${n} AS n, price FROM prices VALID AT '2026-03-01' AS OF ?`, 1).n, n);
  db.exec('ALTER TABLE prices RENAME price TO cost');
  assert.throws(() => kept.all(1), /price/);
  db.close();
});

test('the numbers of JavaScript, where functions take integers', () => {
  const db = newDatabase();
  db.get("SELECT spectradb_memory('mem')");
  db.run("INSERT INTO mem (ns, key, value) VALUES ('', 'city', 'Oslo')");
  assert.equal(db.all("SELECT key FROM spectradb_recall('mem', NULL, NULL, ?, ?, ?, ?)", '', 5, 30, 100).length, 1);
  assert.equal(db.all("SELECT seq FROM spectradb_window('mem', 's1', ?)", 100).length, 0);
  assert.equal(db.get("SELECT spectradb_config('level0_files', ?) AS n", 8).n, 8);
  db.close();
});

test('read only, and closed', () => {
  const file = newPath();
  newDatabase(file).close();
  const db = open(file, { readOnly: true });
  assert.equal(db.get('SELECT price FROM prices AS OF 1 VALID AT ?', '2026-06-15').price, 10);
  assert.throws(() => db.run("INSERT INTO prices VALUES ('x', 1)"), SqliteError);
  db.close();
  assert.throws(() => db.get('SELECT 1'));
  assert.throws(() => open(path.join(directory, 'no', 'such.db')));
});

// Tests better-sqlite3's interface over node:sqlite. The tests of object mappers use it over
// better-sqlite3, too.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { wrap } from 'spectradb';
import Database from 'spectradb/better-sqlite3';

const hasArrays = 'setReturnArrays' in Object.getPrototypeOf(new DatabaseSync(':memory:').prepare('SELECT 1'));

test('the interface of better-sqlite3', () => {
  const db = new Database(':memory:');
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING');
  const insert = db.prepare('INSERT INTO t (v) VALUES (?)');
  assert.equal(insert.reader, false);
  assert.equal(insert.run('a').lastInsertRowid, 1);
  assert.throws(() => insert.all('b'), TypeError);
  const select = db.prepare('SELECT id, v FROM t AS OF @n');
  assert.ok(select.reader && select.readonly);
  assert.throws(() => select.run({ n: 1 }), TypeError);
  assert.deepEqual(select.all({ n: 1 }), [{ id: 1, v: 'a' }]);
  assert.equal(Object.getPrototypeOf(select.get({ n: 1 })), Object.prototype);
  assert.equal(select.pluck().get({ n: 1 }), 1);
  if (hasArrays) {
    assert.deepEqual(select.raw().all({ n: 1 }), [[1, 'a']]);
    assert.deepEqual([...select.iterate({ n: 1 })], [[1, 'a']]);
    assert.deepEqual(db.prepare('SELECT 1 AS a, 2 AS a').raw().get(), [1, 2]);
    assert.deepEqual(select.raw(false).columns().map(({ name }) => name), ['id', 'v']);
  } else {
    assert.throws(() => select.raw().all({ n: 1 }), /Node 22.16/);
  }
  assert.deepEqual(db.prepare('SELECT v FROM t WHERE id = ?').bind(1).all(), [{ v: 'a' }]);
  assert.deepEqual(db.prepare('SELECT id FROM t').safeIntegers().get(), { id: 1n });
  assert.deepEqual(db.prepare('SELECT ? AS a, ? AS b').get([1, 2]), { a: 1, b: 2 });
  assert.equal(db.pragma('user_version', { simple: true }), 0);
  db.pragma('user_version = 3');
  assert.deepEqual(db.pragma('user_version'), [{ user_version: 3 }]);
  db.function('twice', (x) => 2 * x);
  assert.equal(db.prepare('SELECT twice(4)').pluck().get(), 8);
  const alter = db.prepare('ALTER TABLE t ADD COLUMN w');
  assert.equal(alter.reader, false);
  alter.run();
  assert.deepEqual(db.prepare('UPDATE t SET w = 1 RETURNING *').all(), [{ id: 1, v: 'a', w: 1 }]);
  const change = db.transaction(() => db.prepare('DELETE FROM t').run().changes);
  assert.equal(change.immediate(), 1);
  assert.throws(() => db.prepare('INSERT INTO t (id) VALUES (1), (1)').run(), { name: 'SqliteError', code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
  db.close();
  assert.equal(db.open, false);
});

test('wrap() loads the extension once', () => {
  const native = new DatabaseSync(':memory:', { allowExtension: true });
  wrap(native);
  native.enableLoadExtension(false);
  assert.equal(wrap(native).prepare('SELECT spectradb_hooked()').pluck().get(), 0);
});

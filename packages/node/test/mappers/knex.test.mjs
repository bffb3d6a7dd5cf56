// Knex creates tables, migrates them with their history, inserts, upserts, returns rows, and reads AS OF.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import knex from 'knex';
import Client from 'knex/lib/dialects/better-sqlite3/index.js';

import SpectraClient from 'spectradb/knex';

import { CREATE, drivers, newDatabase, newPath } from './common.mjs';

for (const driver of drivers) {
  test(`Knex over ${driver}`, async () => {
    class SpectraClient extends Client {
      async acquireRawConnection() {
        return newDatabase(driver);
      }
    }
    const db = knex({ client: SpectraClient, connection: { filename: 'unused' }, useNullAsDefault: true, pool: { min: 1, max: 1 } });
    await db.raw(CREATE);

    assert.deepEqual(await db('prices').insert({ sku: 'a', price: 1 }), [1]);
    assert.deepEqual(await db('prices').insert({ sku: 'b', price: 2 }, ['id', 'sku']), [{ id: 2, sku: 'b' }]);
    await db('prices').insert([{ sku: 'm1', price: 1 }, { sku: 'm2' }]);
    await db('prices').insert({ sku: 'a', price: 5 }).onConflict('sku').merge();
    assert.deepEqual(await db('prices').insert({ sku: 'a', price: 6 }).onConflict('sku').merge().returning('*'), [{ id: 1, sku: 'a', price: 6 }]);
    assert.equal(await db('prices').where({ sku: 'b' }).update({ price: 3 }), 1);
    assert.deepEqual(await db('prices').where({ sku: 'b' }).update({ price: 4 }, ['price']), [{ price: 4 }]);
    assert.equal(await db('prices').where({ sku: 'm2' }).del(), 1);
    await assert.rejects(db.transaction(async (transaction) => {
      await transaction('prices').insert({ sku: 't' });
      throw new Error('rolled back');
    }), /rolled back/);
    assert.deepEqual(await db('prices').where({ sku: 't' }), []);

    assert.deepEqual(await db.raw('SELECT sku, price FROM prices AS OF ?', [1]), [{ sku: 'a', price: 1 }]);
    assert.deepEqual(await db.from(db.raw('prices(?)', [1])).select('price'), [{ price: 1 }]);

    const versions = async () => (await db.raw("SELECT count(*) AS n FROM spectradb_history('prices')"))[0].n;
    const before = await versions();
    await db.schema.alterTable('prices', (table) => table.integer('z').defaultTo(4));
    await db.schema.alterTable('prices', (table) => table.renameColumn('sku', 'item'));
    await db.schema.alterTable('prices', (table) => table.index(['price'], 'by_price'));
    assert.deepEqual(await db('prices').where({ item: 'a' }), [{ id: 1, item: 'a', price: 6, z: 4 }]);
    assert.deepEqual(await db.raw('SELECT item, z FROM prices AS OF ?', [1]), [{ item: 'a', z: 4 }]);
    assert.equal(await versions(), before);
    await db.destroy();
  });
}

test('Knex makes tables anew with the client of the package', async () => {
  const db = knex({ client: SpectraClient, connection: { filename: newPath() }, useNullAsDefault: true, pool: { min: 1, max: 1 } });
  await db.raw('CREATE TABLE shops (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING');
  await db.raw('CREATE TABLE plain (id INTEGER PRIMARY KEY, note TEXT)');
  await db.raw('CREATE TABLE prices (id INTEGER PRIMARY KEY, sku TEXT NOT NULL UNIQUE, price REAL, spare INT) WITH SYSTEM VERSIONING (on_insert = append, valid_default = now)');
  await db.raw('CREATE UNIQUE INDEX by_price ON prices (price DESC, sku)');
  await db('prices').insert({ id: 1, sku: 'a', price: 1 });
  await db('prices').update({ price: 2 });
  await db('plain').insert({ note: 'x' });

  await db.schema.alterTable('prices', (table) => table.dropColumn('spare'));
  await db.schema.alterTable('prices', (table) => table.setNullable('sku'));
  await db.schema.alterTable('prices', (table) => table.float('price').notNullable().defaultTo(0).alter());
  await db.schema.alterTable('prices', (table) => table.integer('shop_id').references('shops.id'));
  await db.schema.alterTable('plain', (table) => table.dropColumn('note'));
  assert.deepEqual(await db('prices'), [{ id: 1, sku: 'a', price: 2, shop_id: null }]);
  assert.deepEqual(await db.raw('SELECT sku, price FROM prices AS OF 1'), [{ sku: 'a', price: 1 }]);
  assert.equal((await db.raw("SELECT count(*) AS n FROM spectradb_history('prices')"))[0].n, 2);
  assert.deepEqual(await db.raw("SELECT name, \"desc\" FROM pragma_index_xinfo('by_price') WHERE key"), [{ name: 'price', desc: 1 }, { name: 'sku', desc: 0 }]);
  await db('prices').insert({ id: 1, sku: 'a', price: 3 }); // still appends
  assert.deepEqual(await db('prices').select('price'), [{ price: 3 }]);
  assert.deepEqual(await db('plain'), [{ id: 1 }]);

  await db.raw('CREATE INDEX partly ON prices (price) WHERE price > 1');
  await assert.rejects(db.schema.alterTable('prices', (table) => table.dropColumn('shop_id')), /index partly has an expression or a condition/);
  await db.destroy();
});

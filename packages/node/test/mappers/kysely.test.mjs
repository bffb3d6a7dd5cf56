// Kysely creates tables, migrates them with their history, inserts, upserts, returns rows, and reads AS OF.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Kysely, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';

import { drivers, newDatabase } from './common.mjs';

const migrations = {
  one: {
    up: (db) =>
      db.schema
        .createTable('prices')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('sku', 'text', (column) => column.notNull().unique())
        .addColumn('price', 'real')
        .modifyEnd(sql`WITH SYSTEM VERSIONING`)
        .execute(),
  },
  two: {
    up: async (db) => {
      await db.schema.alterTable('prices').addColumn('currency', 'text', (column) => column.defaultTo('EUR')).execute();
      await db.schema.alterTable('prices').renameColumn('sku', 'item').execute();
      await db.schema.createIndex('by_price').on('prices').column('price').execute();
    },
  },
};

for (const driver of drivers) {
  test(`Kysely over ${driver}`, async () => {
    const db = new Kysely({ dialect: new SqliteDialect({ database: newDatabase(driver) }) });
    const migrate = async (name) => {
      const names = Object.keys(migrations).slice(0, Object.keys(migrations).indexOf(name) + 1);
      const provider = { getMigrations: async () => Object.fromEntries(names.map((each) => [each, migrations[each]])) };
      const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
      assert.equal(error, undefined);
      assert.deepEqual(results.map((each) => each.status), ['Success']);
    };
    await migrate('one');

    const inserted = await db.insertInto('prices').values({ sku: 'a', price: 1 }).executeTakeFirst();
    assert.equal(inserted.insertId, 1n);
    const returned = await db.insertInto('prices').values([{ sku: 'b', price: 2 }, { sku: 'c', price: 3 }]).returning(['id', 'sku']).execute();
    assert.deepEqual(returned, [{ id: 2, sku: 'b' }, { id: 3, sku: 'c' }]);
    await db
      .insertInto('prices')
      .values({ sku: 'a', price: 5 })
      .onConflict((conflict) => conflict.column('sku').doUpdateSet((each) => ({ price: each.ref('excluded.price') })))
      .execute();
    const upserted = await db.insertInto('prices').values({ sku: 'a', price: 6 }).onConflict((conflict) => conflict.column('sku').doUpdateSet({ price: 6 })).returningAll().execute();
    assert.deepEqual(upserted, [{ id: 1, sku: 'a', price: 6 }]);
    assert.deepEqual(await db.updateTable('prices').set({ price: 7 }).where('sku', '=', 'a').returning('price').execute(), [{ price: 7 }]);
    assert.deepEqual(await db.deleteFrom('prices').where('sku', '=', 'c').returning('id').execute(), [{ id: 3 }]);

    const past = (commit) => sql`SELECT sku, price FROM prices AS OF ${commit} ORDER BY sku`.execute(db).then(({ rows }) => rows);
    assert.deepEqual(await past(1), [{ sku: 'a', price: 1 }]);
    assert.deepEqual((await past(3))[0], { sku: 'a', price: 5 });
    assert.deepEqual(await db.selectFrom(sql`prices(${2})`.as('p')).select(sql`count(*)`.as('n')).execute(), [{ n: 3 }]);
    assert.deepEqual(await db.selectFrom('prices').select('price').where(sql`_as_of`, '=', 1).execute(), [{ price: 1 }]);

    await assert.rejects(
      db.transaction().execute(async (transaction) => {
        await transaction.insertInto('prices').values({ sku: 't', price: 1 }).execute();
        throw new Error('rolled back');
      }),
      /rolled back/,
    );
    assert.equal((await db.selectFrom('prices').select('sku').where('sku', '=', 't').execute()).length, 0);

    await migrate('two');
    assert.deepEqual(await db.selectFrom('prices').selectAll().where('item', '=', 'a').execute(), [{ id: 1, item: 'a', price: 7, currency: 'EUR' }]);
    const { rows } = await sql`SELECT item, price, currency FROM prices AS OF ${1}`.execute(db);
    assert.deepEqual(rows, [{ item: 'a', price: 1, currency: 'EUR' }]);
    assert.equal((await sql`SELECT count(*) AS n FROM spectradb_history('prices')`.execute(db)).rows[0].n, 7);
    await db.destroy();
  });
}

// TypeORM creates tables, migrates them with their history, inserts, upserts, returns rows, and reads AS
// OF. Its driver gets the package's own class, which has better-sqlite3's interface over node:sqlite; and
// it gets better-sqlite3, wrapped.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import 'reflect-metadata';
import BetterSqlite3 from 'better-sqlite3';
import Database from 'spectradb/better-sqlite3';
import { DataSource, EntitySchema, TableColumn, TableIndex, TableUnique } from 'typeorm';

import { CREATE, newPath } from './common.mjs';

const columns = { id: { type: 'integer', primary: true, generated: true }, sku: { type: 'text', unique: true }, price: { type: 'real', nullable: true } };
const Price = new EntitySchema({ name: 'prices', columns });
const Later = new EntitySchema({ name: 'prices', columns: { ...columns, price: { type: 'real', nullable: false, default: 0 }, currency: { type: 'text', default: 'EUR' } } });

const drivers = {
  'node:sqlite': Database,
  'better-sqlite3': class extends Database {
    constructor(path, options) {
      super(new BetterSqlite3(path, { timeout: options.timeout }));
    }
  },
};

class Create1000000000001 {
  name = 'Create1000000000001';
  up = (runner) => runner.query(CREATE);
}
class Change1000000000002 {
  name = 'Change1000000000002';
  async up(runner) {
    await runner.addColumn('prices', new TableColumn({ name: 'note', type: 'text', isNullable: true }));
    await runner.renameColumn('prices', 'note', 'remark');
    await runner.dropColumn('prices', 'remark');
  }
}

for (const [name, driver] of Object.entries(drivers)) {
  test(`TypeORM over ${name}`, async () => {
    const database = newPath();
    const connect = async (entity, migrations) =>
      new DataSource({ type: 'better-sqlite3', driver, database, entities: [entity], migrations }).initialize();
    let source = await connect(Price, [Create1000000000001]);
    await source.runMigrations();
    const repository = source.getRepository('prices');

    const saved = await repository.save({ sku: 'a', price: 1 });
    assert.equal(saved.id, 1);
    await repository.save([{ sku: 'b', price: 2 }, { sku: 'c', price: 3 }]);
    await repository.upsert({ sku: 'a', price: 5 }, ['sku']);
    assert.equal((await repository.findOneBy({ sku: 'a' })).price, 5);
    const one = await repository.findOneBy({ sku: 'a' });
    one.price = 9;
    await repository.save(one);
    await repository.delete({ sku: 'c' });
    const returned = await source.query('INSERT INTO prices (sku, price) VALUES (?, ?) RETURNING id, sku', ['d', 4]);
    assert.deepEqual(returned, [{ id: 4, sku: 'd' }]);
    await assert.rejects(source.transaction(async (manager) => {
      await manager.getRepository('prices').save({ sku: 't' });
      throw new Error('rolled back');
    }), /rolled back/);
    assert.deepEqual((await repository.find({ order: { id: 'ASC' } })).map(({ sku, price }) => [sku, price]), [['a', 9], ['b', 2], ['d', 4]]);

    assert.deepEqual(await source.query('SELECT sku, price FROM prices AS OF ?', [1]), [{ sku: 'a', price: 1 }]);
    const at = await repository.createQueryBuilder('p').where('_as_of = :at', { at: 1 }).getMany();
    assert.deepEqual(at.map(({ price }) => price), [1]);

    const versions = async () => (await source.query("SELECT count(*) AS n FROM spectradb_history('prices')"))[0].n;
    const before = await versions();
    await source.destroy();
    source = await connect(Price, [Create1000000000001, Change1000000000002]);
    assert.equal((await source.runMigrations()).length, 1);
    assert.equal(await versions(), before);
    await source.destroy();

    source = await connect(Later, []);
    await source.synchronize();
    assert.equal(await versions(), before);
    assert.deepEqual(await source.query('SELECT sku, price FROM prices AS OF ?', [1]), [{ sku: 'a', price: 1 }]);
    const now = await source.getRepository('prices').findOneBy({ sku: 'a' });
    assert.deepEqual([now.price, now.currency], [9, 'EUR']);
    await source.destroy();
  });
}

for (const [name, driver] of Object.entries(drivers)) {
  test(`TypeORM changes a table with indexes over ${name}`, async () => {
    const database = newPath();
    class Create2000000000001 {
      name = 'Create2000000000001';
      async up(runner) {
        await runner.query('CREATE TABLE prices (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, price REAL) WITH SYSTEM VERSIONING');
        await runner.createIndex('prices', new TableIndex({ name: 'by_price', columnNames: ['price'], where: 'price > 1' }));
        await runner.createUniqueConstraint('prices', new TableUnique({ name: 'one_sku', columnNames: ['sku'] })); // makes the table anew
        await runner.query("INSERT INTO prices VALUES (1, 'a', 1)");
      }
    }
    const source = await new DataSource({ type: 'better-sqlite3', driver, database, entities: [], migrations: [Create2000000000001] }).initialize();
    await source.runMigrations();
    await source.query('UPDATE prices SET price = 2');
    const runner = source.createQueryRunner();
    await runner.startTransaction(); // migrations and synchronize() open one, too
    await runner.changeColumn('prices', 'sku', new TableColumn({ name: 'sku', type: 'varchar', isNullable: true }));
    await runner.addColumn('prices', new TableColumn({ name: 'note', type: 'text', isNullable: true }));
    await runner.dropColumn('prices', 'note');
    await runner.commitTransaction();
    assert.deepEqual(await source.query('SELECT id, sku, price FROM prices FOR SYSTEM_TIME ALL ORDER BY price'), [{ id: 1, sku: 'a', price: 1 }, { id: 1, sku: 'a', price: 2 }]);
    const [index] = (await runner.getTable('prices')).indices;
    assert.deepEqual([index.name, index.columnNames, index.where], ['by_price', ['price'], 'price > 1']);
    assert.equal((await source.query("SELECT partial FROM pragma_index_list('prices') WHERE name = 'by_price'"))[0].partial, 1);
    await assert.rejects(source.query("INSERT INTO prices (sku) VALUES ('a')"), /UNIQUE constraint failed/);
    await source.destroy();
  });
}

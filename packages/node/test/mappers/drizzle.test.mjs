// Drizzle creates and migrates tables with its own migrations, inserts, upserts, returns rows, and reads AS
// OF.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { CREATE, drivers, newDatabase, newPath } from './common.mjs';

const prices = sqliteTable('prices', { id: integer('id').primaryKey({ autoIncrement: true }), sku: text('sku').notNull().unique(), price: real('price') });
const later = sqliteTable('prices', { id: integer('id').primaryKey({ autoIncrement: true }), sku: text('sku').notNull().unique(), price: real('price'), currency: text('currency') });

// Makes a folder of migrations as drizzle-kit writes it.
function folderOf(statements) {
  const folder = newPath() + '-migrations';
  fs.mkdirSync(path.join(folder, 'meta'), { recursive: true });
  const entries = statements.map((each, index) => {
    fs.writeFileSync(path.join(folder, `${index}.sql`), each);
    return { idx: index, version: '6', when: 1000 + index, tag: `${index}`, breakpoints: true };
  });
  fs.writeFileSync(path.join(folder, 'meta', '_journal.json'), JSON.stringify({ version: '6', dialect: 'sqlite', entries }));
  return folder;
}

const STATEMENTS = [
  `${CREATE};\n--> statement-breakpoint\nCREATE INDEX by_price ON prices (price);`,
  "ALTER TABLE `prices` ADD `currency` text DEFAULT 'EUR';",
  // drizzle-kit writes this to change a column: the table is made anew.
  `CREATE TABLE \`__new_prices\` (\`id\` integer PRIMARY KEY AUTOINCREMENT NOT NULL, \`sku\` text NOT NULL UNIQUE, \`price\` real DEFAULT 0, \`currency\` text DEFAULT 'EUR');
--> statement-breakpoint
INSERT INTO \`__new_prices\`("id", "sku", "price", "currency") SELECT "id", "sku", "price", "currency" FROM \`prices\`;
--> statement-breakpoint
DROP TABLE \`prices\`;
--> statement-breakpoint
ALTER TABLE \`__new_prices\` RENAME TO \`prices\`;`,
];

for (const driver of drivers) {
  test(`Drizzle over ${driver}`, () => {
    const client = newDatabase(driver);
    const db = drizzle({ client });
    migrate(db, { migrationsFolder: folderOf(STATEMENTS.slice(0, 1)) });

    assert.equal(db.insert(prices).values({ sku: 'a', price: 1 }).run().lastInsertRowid, 1);
    assert.deepEqual(db.insert(prices).values({ sku: 'b', price: 2 }).returning().all(), [{ id: 2, sku: 'b', price: 2 }]);
    assert.deepEqual(db.insert(prices).values({ sku: 'a', price: 5 }).onConflictDoUpdate({ target: prices.sku, set: { price: 5 } }).returning().all(), [{ id: 1, sku: 'a', price: 5 }]);
    db.insert(prices).values({ sku: 'a', price: 9 }).onConflictDoNothing().run();
    assert.deepEqual(db.update(prices).set({ price: 7 }).where(eq(prices.sku, 'a')).returning({ price: prices.price }).all(), [{ price: 7 }]);
    assert.deepEqual(db.select().from(prices).orderBy(prices.id).all(), [{ id: 1, sku: 'a', price: 7 }, { id: 2, sku: 'b', price: 2 }]);
    assert.throws(() => db.transaction((transaction) => {
      transaction.insert(prices).values({ sku: 't' }).run();
      transaction.rollback();
    }));
    assert.deepEqual(db.delete(prices).where(eq(prices.sku, 'b')).returning().all(), [{ id: 2, sku: 'b', price: 2 }]);

    assert.deepEqual(db.all(sql`SELECT sku, price FROM ${prices} AS OF ${1}`), [{ sku: 'a', price: 1 }]);
    assert.deepEqual(db.select().from(prices).where(sql`_as_of = ${2}`).orderBy(prices.id).all(), [{ id: 1, sku: 'a', price: 1 }, { id: 2, sku: 'b', price: 2 }]);

    const versions = () => client.prepare("SELECT count(*) FROM spectradb_history('prices')").pluck().get();
    const before = versions();
    migrate(db, { migrationsFolder: folderOf(STATEMENTS) });
    assert.deepEqual(db.select().from(later).all(), [{ id: 1, sku: 'a', price: 7, currency: 'EUR' }]);
    assert.deepEqual(db.all(sql`SELECT sku, price FROM ${prices} AS OF ${1}`), [{ sku: 'a', price: 1 }]);
    assert.equal(versions(), before);
    assert.deepEqual(db.get(sql`INSERT INTO prices (sku) VALUES ('n') RETURNING price, currency`), { price: 0, currency: 'EUR' });
    client.close();
  });

  test(`Drizzle's migrations of a new database, in one transaction, over ${driver}`, () => {
    const client = newDatabase(driver);
    const db = drizzle({ client });
    migrate(db, { migrationsFolder: folderOf(STATEMENTS) });
    db.insert(later).values({ sku: 'a', price: 1 }).run();
    db.update(later).set({ price: 2 }).run();
    const first = client.prepare('SELECT spectradb_commit()').pluck().get() - 1;
    assert.deepEqual(db.all(sql`SELECT price FROM ${later} AS OF ${first}`), [{ price: 1 }]);
    assert.equal(client.prepare("SELECT count(*) FROM spectradb_history('prices')").pluck().get(), 2);
    client.close();
  });
}

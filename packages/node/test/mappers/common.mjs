// Opens databases for the tests of object mappers: over node:sqlite, and over better-sqlite3.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';

import BetterSqlite3 from 'better-sqlite3';
import { wrap } from 'spectradb';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'spectradb-mappers-'));
after(() => fs.rmSync(directory, { recursive: true }));
let made = 0;

export const newPath = () => path.join(directory, `${++made}.db`);

const natives = {
  'node:sqlite': () => new DatabaseSync(newPath(), { allowExtension: true }),
  'better-sqlite3': () => new BetterSqlite3(newPath()),
};

export const drivers = Object.keys(natives);
export const newDatabase = (driver) => wrap(natives[driver]());

export const CREATE =
  'CREATE TABLE prices (id INTEGER PRIMARY KEY AUTOINCREMENT, sku TEXT NOT NULL UNIQUE, price REAL) WITH SYSTEM VERSIONING';

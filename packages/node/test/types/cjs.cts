// The declarations, as a CommonJS program uses them.
import spectradb = require('spectradb');
import Better = require('spectradb/better-sqlite3');
import keyv = require('spectradb/keyv');

const db: spectradb.Database = spectradb.open(':memory:');
const row: { n: number } | undefined = db.get<{ n: number }>('SELECT 1 AS n');
const better: Better = new Better(':memory:');
better.transaction(() => row);
new keyv('my.db');

// Runs the SQL of the standard input in a database of DuckDB, and prints the rows as the shell of SQLite does: node duckdb.mjs FILE
import { readFileSync } from 'node:fs';

import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(process.argv[2]);
const connection = await instance.connect();
try {
  for (const statement of readFileSync(0, 'utf8').split(/;\s*$/m)) {
    if (!statement.trim()) continue;
    const reader = await connection.runAndReadAll(statement);
    // What writes says how many rows it wrote, which SQLite's shell does not.
    if (reader.columnNames().join() === 'Count') continue;
    for (const row of reader.getRows()) console.log(row.map((value) => (value === null ? '' : String(value))).join('|'));
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
connection.closeSync();

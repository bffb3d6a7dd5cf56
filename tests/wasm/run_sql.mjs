// Runs a file of SQL in the WebAssembly build, and prints rows as the stock shell does. The exported database goes to a file.
// usage: run_sql.mjs FOLDER FILE.sql [OUT.db [IN.db]]
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, sql, out, input] = process.argv.slice(2);
const { open } = await import(pathToFileURL(resolve(folder, 'spectradb.mjs')).href);
const db = await open(input ? readFileSync(input) : null);
for (const { rows } of db.exec(readFileSync(sql, 'utf8'))) for (const row of rows) console.log(row.map((value) => value ?? '').join('|'));
if (out) writeFileSync(out, db.export());
db.close();

// DuckDB: what COPY writes it reads as the same, and what it writes COPY reads as the same, in CSV and JSON lines.
import { writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { ask, below, same } from "./common.mjs";

const duck = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await duck.runAndReadAll(sql)).getRowsJson();
const PIECES = ["a", "Ä", "🜨", ",", ";", '"', '""', "'", "\\", "\\N", "\n", "\r\n", "\t", " ", "NULL", "0", "-", "{", "]"];
const text = () => below(9) === 0 ? null : Array.from({ length: below(5) }, () => PIECES[below(PIECES.length)]).join("");
const data = Array.from({ length: 3000 }, (_, i) => [i, text(), below(7) === 0 ? null : (below(2000000) - 1000000) / (1 << below(12)), text()]);
writeFileSync("data.json", JSON.stringify(data));
const columns = "id INTEGER, t VARCHAR, n DOUBLE, u VARCHAR";
const schema = "(id INTEGER PRIMARY KEY, t TEXT, n REAL, u TEXT) WITH SYSTEM VERSIONING";
ask(`CREATE TABLE one ${schema};
INSERT INTO one SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(readfile('data.json'));
.output /dev/null
COPY one TO 'ours.csv' WITH (HEADER); COPY one TO 'ours.jsonl';
.output stdout
`);
const options = `header = true, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, columns = {id: 'INTEGER', t: 'VARCHAR', n: 'DOUBLE', u: 'VARCHAR'}, new_line = '\\n'`;
const numbers = (found) => found.map(([id, t, n, u]) => [Number(id), t, n === null ? null : Number(n), u]);
const compare = (found, what) => {
  same(found.length, data.length, `rows of ${what}`);
  found.forEach((row, i) => same(row, data[i], what));
};
compare(numbers(await rows(`SELECT * FROM read_csv('ours.csv', ${options}) ORDER BY id`)), "CSV that COPY wrote");
compare(numbers(await rows("SELECT id, t, n, u FROM read_json('ours.jsonl', format = 'newline_delimited', columns = {id: 'INTEGER', t: 'VARCHAR', n: 'DOUBLE', u: 'VARCHAR'}) ORDER BY id")),
  "JSON lines that COPY wrote");
await duck.run(`CREATE TABLE one (${columns})`);
await duck.run(`INSERT INTO one SELECT * FROM read_json('ours.jsonl', format = 'newline_delimited', columns = {id: 'INTEGER', t: 'VARCHAR', n: 'DOUBLE', u: 'VARCHAR'})`);
await duck.run(`COPY one TO 'theirs.csv' (header true, delimiter ',', quote '"', escape '"', nullstr '')`);
await duck.run("COPY one TO 'theirs.jsonl' (format json)");
for (const [file, words] of [["theirs.csv", " WITH (HEADER MATCH)"], ["theirs.jsonl", ""]]) {
  compare(ask(`CREATE TABLE two ${schema};
.output /dev/null
COPY two FROM '${file}'${words};
.output stdout
SELECT json_array(id, t, n, u) FROM two ORDER BY id;
`), `${file}, read by COPY`);
}
console.log(`DuckDB: ${data.length} rows go out and come in the same, as CSV and as JSON lines`);

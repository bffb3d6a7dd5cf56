// PostgreSQL (PGlite): what COPY writes, it writes, byte by byte, and reads; what it writes COPY reads as the same; and both refuse
// the same files in the same words.
import { writeFileSync, readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { ask, below, same } from "./common.mjs";

const postgres = new PGlite();
const PIECES = ["a", "Ä", "🜨", ",", ";", "|", '"', '""', "'", "''", "\\", "\\N", "\\.", "\n", "\r", "\r\n", "\t", " ", "NULL", "0", "-", "~", "\\x41"];
const one = (list) => list[below(list.length)];
const text = () => below(6) === 0 ? null : Array.from({ length: below(5) }, () => one(PIECES)).join("");
const bytes = () => below(6) === 0 ? null : Array.from({ length: below(4) }, () => below(256).toString(16).padStart(2, "0")).join("");
const quoted = (letter) => `'${letter.replaceAll("'", "''")}'`;

// Options that both know; a quote, an escape and a delimiter are three letters, or quote and escape are one.
function options(format) {
  if (format === "text") return { format, delimiter: one(["\t", "|", ";", "~"]), nulls: one(["\\N", "NULL", ""]), header: below(2) === 0 };
  const [quote, delimiter] = [one(['"', "'", "~"]), one([",", ";", "|", "\t"])];
  return { format, delimiter, quote, escape: one([quote, "\\"]), nulls: one(["", "NULL", "-"]), header: below(2) === 0 };
}
function words({ format, delimiter, quote, escape, nulls, header }) {
  const marks = quote === undefined ? "" : `, QUOTE ${quoted(quote)}, ESCAPE ${quoted(escape)}`;
  return `FORMAT ${format}, DELIMITER ${quoted(delimiter)}${marks}, NULL ${quoted(nulls)}, HEADER ${header}`;
}
const cases = Array.from({ length: 120 }, (_, i) => options(i % 2 === 0 ? "csv" : "text")).map((how) => ({ with: words(how),
  // A text that is spelled as NULL is, in files of text, comes back as NULL, there as here.
  back: (v) => how.format === "text" && v === how.nulls && v !== "\\N" ? null : v,
  rows: Array.from({ length: below(20) }, (_, id) => [id, text(), below(7) === 0 ? null : (below(2000000) - 1000000) / (1 << below(12)), text(), bytes()]) }));

await postgres.exec("SET bytea_output = 'hex'; CREATE TABLE t (id int PRIMARY KEY, t text, n float8, u text, b bytea)");
const all = "json_array(id, t, n, u, lower(hex(b)))";
const seen = ([id, t, n, u, b], back) => [id, back(t), n, back(u), b ?? ""]; // hex() of NULL is empty
let sql = ".output /dev/null\nCREATE TABLE one (id INTEGER PRIMARY KEY, t TEXT, n REAL, u TEXT, b BLOB) WITH SYSTEM VERSIONING;\n";
for (const [i, { with: how, rows }] of cases.entries()) {
  const literal = (v) => v === null ? "NULL" : v;
  const spelled = (v) => v === null ? "NULL" : `CAST(x'${Buffer.from(v).toString("hex")}' AS TEXT)`; // the shell takes \r off its lines
  await postgres.exec("TRUNCATE t");
  for (const [id, t, n, u, b] of rows) await postgres.query("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", [id, t, n, u, b === null ? null : Buffer.from(b, "hex")]);
  const file = async (columns) => Buffer.from(await ((await postgres.query(`COPY (SELECT ${columns} FROM t ORDER BY id) TO '/dev/blob' WITH (${how})`)).blob ?? new Blob([])).arrayBuffer()); // of no rows there is no file
  writeFileSync(`${i}.theirs`, await file("*"));
  writeFileSync(`${i}.words`, await file("id, t, u, b")); // both write numbers that read back the same, each in its own way
  sql += `DELETE FROM one;
${rows.map(([id, t, n, u, b]) => `INSERT INTO one VALUES (${id}, ${spelled(t)}, ${literal(n)}, ${spelled(u)}, ${b === null ? "NULL" : `x'${b}'`});`).join("\n")}
COPY one TO '${i}.ours' WITH (${how}); COPY one (id, t, u, b) TO '${i}.said' WITH (${how});
DELETE FROM one; COPY one FROM '${i}.theirs' WITH (${how});
.output stdout
SELECT json_group_array(json(row)) FROM (SELECT ${all} AS row FROM one ORDER BY id);
.output /dev/null\n`;
}
const answers = ask(sql);
let cells = 0;
for (const [i, { with: how, rows, back }] of cases.entries()) {
  const wanted = rows.map((row) => seen(row, back));
  same(answers[i], wanted, `${i}, read by COPY WITH (${how})`);
  same(readFileSync(`${i}.said`, "latin1"), readFileSync(`${i}.words`, "latin1"), `${i}, written by COPY WITH (${how})`);
  await postgres.exec("TRUNCATE t");
  await postgres.query(`COPY t FROM '/dev/blob' WITH (${how})`, [], { blob: new Blob([readFileSync(`${i}.ours`)]) });
  const found = (await postgres.query("SELECT id, t, n, u, encode(b, 'hex') AS b FROM t ORDER BY id")).rows;
  same(found.map(({ id, t, n, u, b }) => [id, t, n, u, b ?? ""]), wanted, `${i}, read by PostgreSQL WITH (${how})`);
  cells += rows.length * 5;
}

// Files that are wrong, each by a random change of a good one.
await postgres.exec("CREATE TABLE k (k text, v int, w text)");
const damaged = Array.from({ length: 300 }, () => {
  const lines = Array.from({ length: 1 + below(5) }, () => [one(["a", '"b,c"', "", '"d""e"']), String(below(100)), one(["x", '"y\nz"', '""'])]);
  const line = lines[below(lines.length)];
  one([() => line.pop(), () => line.push("more"), () => { line[1] = one(["x", "1x", '"1 x"', "1e", "--1"]); }, () => { line[2] = '"open'; }, () => {}])();
  return lines.map((fields) => fields.join(",")).join("\n") + one(["\n", ""]);
});
damaged.forEach((bad, i) => writeFileSync(`${i}.bad`, bad));
let refused = 0;
const ours = ask(`.bail off
CREATE TABLE k (k TEXT, v INTEGER, w TEXT) WITH SYSTEM VERSIONING; CREATE TABLE bad (line INTEGER, "column" TEXT, message TEXT, file TEXT, byte INTEGER, kind TEXT, text TEXT);
.output /dev/null
${damaged.map((_, i) => `COPY k FROM '${i}.bad' WITH (FORMAT csv, REJECTS bad);`).join("\n")}
.output stdout
SELECT json_group_array(json_array(file, line, "column", message)) FROM bad;\n`)[0];
for (const [i, bad] of damaged.entries()) {
  const mine = ours.find(([file]) => file === `${i}.bad`);
  let theirs = null;
  try {
    await postgres.query("COPY k FROM '/dev/blob' WITH (FORMAT csv)", [], { blob: new Blob([bad]) });
  } catch (error) {
    theirs = error;
  }
  same(mine === undefined, theirs === null, `${JSON.stringify(bad)}: refused by neither or both`);
  if (theirs === null) continue;
  const [, , column] = theirs.where.match(/^COPY k, line \d+(, column (\w+))?/); // it counts records, and we lines
  same([mine[3], mine[2]], [theirs.message, column ?? null], `${JSON.stringify(bad)}: message and column`);
  ++refused;
}
console.log(`PostgreSQL: ${cases.length} files go out the same, byte by byte, and come in the same, ${cells} cells; ${refused} of ${damaged.length} bad files are refused in its words`);

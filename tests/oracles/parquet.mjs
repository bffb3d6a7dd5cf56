// DuckDB reads every Parquet file that COPY writes: the same rows, and bounds and counts of the row groups that are those of the
// rows.
import { writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { ask, below, same } from "./common.mjs";

const duck = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await duck.runAndReadAll(sql)).getRowsJson();
const PIECES = ["a", "Ä", "🜨", ",", '"', "\n", "\t", " ", "NULL", "0", "long ".repeat(80)];
const RANGES = [3, 1000, 2 ** 31, 2 ** 53];
const integer = () => Math.floor((below(2 ** 30) / 2 ** 29 - 1) * RANGES[below(RANGES.length)]) || 0;
const KINDS = {
  INTEGER: { type: "BIGINT", value: integer, json: (v) => String(v) },
  REAL: { type: "DOUBLE", value: () => (below(2000000) - 1000000) / (1 << below(12)), json: (v) => v },
  TEXT: { type: "VARCHAR", value: () => Array.from({ length: below(4) }, () => PIECES[below(PIECES.length)]).join(""), json: (v) => v },
  BLOB: { type: "BLOB", value: () => Array.from({ length: below(5) }, () => below(256).toString(16).padStart(2, "0")).join(""), json: (v) => v },
};
let [files, groups, cells] = [0, 0, 0];

const EXPRESSIONS = { INTEGER: (c) => `${c} + 0`, REAL: (c) => `${c} + 0.0`, TEXT: (c) => `${c} || ''`, BLOB: (c) => `coalesce(${c}, NULL)` };

// Returns the SQL that makes file i. Rows go in as JSON, blobs as hexadecimal digits; expressions have no declared type.
function written({ columns, data, isQuery }, i) {
  writeFileSync(`${i}.json`, JSON.stringify(data));
  const cells = columns.map((kind, c) => kind === "BLOB" ? `(SELECT b FROM bytes WHERE h = value ->> ${c})` : `value ->> ${c}`);
  const blobs = new Set(data.flatMap((row) => row.filter((v, c) => columns[c] === "BLOB" && v !== null)));
  const source = isQuery ? `(SELECT ${columns.map((kind, c) => `${EXPRESSIONS[kind](`c${c}`)} AS c${c}`).join(", ")} FROM t${i})` : `t${i}`;
  return `${[...blobs].map((h) => `INSERT OR IGNORE INTO bytes VALUES ('${h}', x'${h}');\n`).join("")}
CREATE TABLE t${i} (${columns.map((kind, c) => `c${c} ${kind}`).join(", ")})${below(2) === 0 ? " WITH SYSTEM VERSIONING" : ""};
INSERT INTO t${i} SELECT ${cells.join(", ")} FROM json_each(readfile('${i}.json'));
COPY ${source} TO '${i}.parquet';\n`;
}

async function compare({ columns, data, isQuery }, i) {
  const found = await rows(`SELECT ${columns.map((kind, c) => kind === "BLOB" ? `lower(hex(c${c}))` : `c${c}`).join(", ")} FROM '${i}.parquet'`);
  same(found.length, data.length, "rows");
  found.forEach((row, r) => same(row, data[r].map((v, c) => v === null ? null : KINDS[columns[c]].json(v)), `row ${r} of ${columns}`));
  const types = await rows(`SELECT column_type FROM (DESCRIBE SELECT * FROM '${i}.parquet')`);
  same(types.map((one) => one[0]), columns.map((kind, c) => isQuery && data.every((row) => row[c] === null) ? "VARCHAR" : KINDS[kind].type), "types");
  const meta = await rows(`SELECT row_group_id, row_group_num_rows, path_in_schema, stats_min_value, stats_max_value, stats_null_count, num_values, compression FROM parquet_metadata('${i}.parquet') ORDER BY row_group_id, column_id`);
  let begin = 0;
  for (let at = 0; at < meta.length; at += columns.length) {
    const part = data.slice(begin, begin + Number(meta[at][1]));
    columns.forEach((kind, c) => {
      const [, count, name, least, greatest, nulls, values, compression] = meta[at + c];
      const there = part.map((row) => row[c]).filter((v) => v !== null);
      same([Number(count), name, Number(nulls), Number(values), compression], [part.length, `c${c}`, part.length - there.length, part.length, "ZSTD"], "row group");
      if (kind === "INTEGER" || kind === "REAL") {
        const bound = (v) => v === null ? null : Number(v);
        const [low, high] = there.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
        same([bound(least), bound(greatest)].map((v) => v === 0 ? 0 : v), there.length === 0 ? [null, null] : [low, high].map((v) => v === 0 ? 0 : v), `bounds of ${name}`);
      } else if (kind === "TEXT") {
        const order = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
        const sorted = there.sort(order);
        const isKnown = there.length > 0 && [sorted[0], sorted.at(-1)].every((v) => Buffer.byteLength(v) <= 256);
        same([least, greatest], isKnown ? [sorted[0], sorted.at(-1)] : [null, null], `bounds of ${name}`);
      }
      cells += part.length;
    });
    begin += part.length;
    ++groups;
  }
  same(begin, data.length, "rows of the groups");
  ++files;
}

const kinds = Object.keys(KINDS);
const cases = Array.from({ length: 80 }, () => {
  const columns = Array.from({ length: 1 + below(6) }, () => kinds[below(kinds.length)]);
  const nulls = [1, 2, 7, 1000][below(4)]; // from columns of NULLs alone to such with hardly any
  const data = Array.from({ length: [0, 1, 8, 300][below(4)] }, () => columns.map((kind) => below(nulls) === 0 ? null : KINDS[kind].value()));
  return { columns, data, isQuery: below(3) === 0 };
});
cases.push({ columns: ["INTEGER", "TEXT", "REAL"], isQuery: false,
  data: Array.from({ length: 250_000 }, (_, i) => [i, below(3) === 0 ? null : `name ${below(1000)}`, below(100) / 4]) });
ask(`.output /dev/null\nCREATE TABLE bytes (h TEXT PRIMARY KEY, b BLOB);\n${cases.map(written).join("")}`);
for (const [i, one] of cases.entries()) await compare(one, i);

// What the file says of itself, and a history.
ask(`CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;
INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'; DELETE FROM t;
.output /dev/null
COPY t TO 'history.parquet' WITH (HISTORY);
.output stdout
`);
same(await rows("SELECT _commit_no, _operation, id, v FROM 'history.parquet'"), [["1", "insert", "1", "a"], ["2", "update", "1", "b"], ["3", "delete", "1", null]], "history");
same(await rows("SELECT decode(key), decode(value) FROM parquet_kv_metadata('history.parquet')"), [["spectradb.copy", "t"], ["spectradb.commit", "3"]], "notes");
console.log(`DuckDB: ${files} Parquet files with ${groups} row groups and ${cells} cells are read as the same, with their bounds`);

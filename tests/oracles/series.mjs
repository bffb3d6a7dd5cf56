// DuckDB: buckets of random widths and times, and ASOF JOIN beside VALID AT over readings that come late.
import { DuckDBInstance } from "@duckdb/node-api";
import { ask, below, same } from "./common.mjs";

const duck = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await duck.runAndReadAll(sql)).getRowsJson();
const time = () => new Date(Date.UTC(1960 + below(120), below(12), 1 + below(28), below(24), below(60), below(60))).toISOString().slice(0, 19).replace("T", " ");

const WIDTHS = ["1 second", "15 minutes", "90 minutes", "6 hours", "1 day", "10 days", "1 week", "1 month", "5 months", "1 quarter", "1 year"];
// DuckDB takes of an origin of months no more than its month.
const origin = (width) => /month|quarter|year/.test(width) ? time().slice(0, 7) + "-01 00:00:00" : time();
const cases = Array.from({ length: 3000 }, () => {
  const width = WIDTHS[below(WIDTHS.length)];
  return [width, time(), below(3) === 0 ? origin(width) : null];
});
const ours = ask(cases.map(([width, at, from]) =>
  `SELECT json_quote(datetime(spectradb_bucket('${width}', '${at}'${from ? `, '${from}'` : ""})));\n`).join(""));
const theirs = await rows(cases.map(([width, at, from], i) => `SELECT ${i} AS i, strftime(time_bucket(INTERVAL '${width}', TIMESTAMP '${at}'${
  from ? `, TIMESTAMP '${from}'` : ""}), '%Y-%m-%d %H:%M:%S') AS b`).join(" UNION ALL ") + " ORDER BY i");
cases.forEach((one, i) => same(ours[i], theirs[i][1], `bucket ${one}`));

let sql = "CREATE TABLE reading (sensor INTEGER PRIMARY KEY, v REAL) WITH SYSTEM VERSIONING (on_insert = series);\n";
const told = new Set();
await duck.run("CREATE TABLE reading (sensor INTEGER, t TIMESTAMP, v DOUBLE)");
const values = [];
for (let i = 0; i < 1500; ++i) {
  const [sensor, at, v] = [below(6), `2026-0${1 + below(2)}-${10 + below(18)} ${10 + below(14)}:${10 + below(50)}:00`, below(1000) / 4];
  if (told.has(sensor + at)) continue;
  told.add(sensor + at);
  values.push(`(${sensor}, '${at}', ${v})`);
  sql += `INSERT INTO reading VALUES (${sensor}, ${v}) VALID FROM '${at}';\n`;
}
await duck.run(`INSERT INTO reading VALUES ${values.join(", ")}`);
const points = Array.from({ length: 800 }, (_, i) => [i, below(6), `2026-0${1 + below(3)}-${10 + below(18)} ${10 + below(14)}:${10 + below(50)}:30`]);
const list = points.map(([i, sensor, at]) => `(${i}, ${sensor}, '${at}')`).join(", ");
sql += `CREATE TABLE point (i INTEGER, sensor INTEGER, at TEXT); INSERT INTO point VALUES ${list};
SELECT json_array(p.i, r.v) FROM point p LEFT JOIN reading r FOR VALID_TIME AS OF p.at ON r.sensor = p.sensor ORDER BY p.i;\n`;
const carried = ask(sql);
await duck.run(`CREATE TABLE point (i INTEGER, sensor INTEGER, t TIMESTAMP); INSERT INTO point VALUES ${list}`);
const joined = await rows("SELECT p.i, r.v FROM point p ASOF LEFT JOIN reading r ON p.sensor = r.sensor AND p.t >= r.t ORDER BY p.i");
same(carried.length, joined.length, "points");
carried.forEach((row, i) => same(row, joined[i].map((cell) => cell === null ? null : Number(cell)), `point ${points[i]}`));
console.log(`DuckDB: ${cases.length} buckets and ${points.length} as-of joins over ${values.length} readings are the same`);

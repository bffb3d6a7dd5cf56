#!/usr/bin/env python3
"""What goes in, out and along: COPY beside the shell's .import and DuckDB, graphs beside recursive CTEs, polls of the change feed,
and time series beside what SQLite has, by the CPU time of the stock shell; what a shell needs to start and to make the tables is
taken off. bench/run.sh ways calls it. DuckDB comes from npm; where that cannot be reached, it is left out.

Each table is measured with the store in the database file (rows) and in a directory beside it.

usage: bench/ways.py --extension=MODULE [--json=FILE] [--rows=N] [--edges=N] [--rounds=N] [--storage=rows|directory] [--quick]"""
import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

DUCKDB = "@duckdb/node-api@1.5.6-r.1"
COLUMNS = "(id INTEGER PRIMARY KEY, name TEXT, price REAL)"


class Shell:
    """Runs SQL in the stock shell on a new database, and tells what CPU time each of some rounds took."""

    def __init__(self, module, folder, rounds):
        self.module, self.folder, self.rounds = module, folder, rounds

    def clean(self):
        for path in self.folder.glob("bench.db*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def run(self, command, text):
        self.clean()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=text, text=True, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def seconds(self, *parts):
        return self.run(["sqlite3", "-batch", "-bail", "-init", "/dev/null", "bench.db", "-cmd", f".load '{self.module}'"], "\n".join(parts))

    def beside(self, made, *contenders):
        """What the contenders take after `made`: a list of rounds each. All of them run in each round, so that they meet the
        same noise."""
        taken = [[] for _ in contenders]
        for _ in range(self.rounds):
            nothing = self.seconds(*made)
            for series, contender in zip(taken, contenders):
                series.append(self.seconds(*made, *contender) - nothing)
        return taken


class Duck:
    """Runs SQL in DuckDB, which a program of node's loads; None of it where npm cannot be reached."""

    def __init__(self, shell, packages):
        self.shell, self.script = shell, packages / "duck.mjs"
        packages.mkdir(parents=True, exist_ok=True)
        (packages / "package.json").write_text('{ "private": true }\n')
        install = ["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts", DUCKDB]
        try:
            self.is_there = subprocess.run(install, cwd=packages, capture_output=True).returncode == 0
        except OSError:
            self.is_there = False
        self.script.write_text('import { DuckDBInstance } from "@duckdb/node-api";\nimport { readFileSync } from "node:fs";\n'
                               'const duck = await (await DuckDBInstance.create("bench.db")).connect();\n'
                               'for (const sql of JSON.parse(readFileSync(0))) await duck.run(sql);\n')

    def seconds(self, *statements):
        return self.shell.run(["node", str(self.script)], json.dumps(statements))

    def rounds(self, made, *statements):
        if not self.is_there:
            return []
        made = ["SET threads = 1", *made]
        return [self.seconds(*made, *statements) - self.seconds(*made) for _ in range(self.shell.rounds)]


def operation(name, unit, series, scale, target=0.0, peer=0):
    """Series are lists of seconds, ours first; in the unit they are `scale` times as many."""
    return {"name": name, "unit": unit, "target": target, "peer": peer, "less_is_better": True, "by_wall": False,
            "series": [{"cpu": [max(one, 1e-9) * scale for one in taken], "wall": []} for taken in series]}


def copies(shell, duck, rows):
    """Rows in and out as CSV, JSON lines and Parquet."""
    numbers = random.Random(7)
    lines = [(i, f"name {numbers.randrange(10**9)}", round(numbers.random() * 100, 3)) for i in range(rows)]
    (shell.folder / "rows.csv").write_text("".join(f"{i},{name},{price:.3f}\n" for i, name, price in lines))
    (shell.folder / "rows.jsonl").write_text("".join(json.dumps({"id": i, "name": name, "price": price}) + "\n" for i, name, price in lines))
    a_row = 1e6 / rows
    theirs = ["CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR, price DOUBLE)"]
    duck_csv = duck.rounds(theirs, "COPY t FROM 'rows.csv'")
    duck_lines = duck.rounds(theirs, "COPY t FROM 'rows.jsonl' (FORMAT json)")
    operations = []
    imported = [".mode csv", "BEGIN;", ".import rows.csv t", "COMMIT;"]
    for kind, versioned, target in (("temporal", " WITH SYSTEM VERSIONING", 1.2), ("plain", "", 0.8)):
        table = [f"CREATE TABLE t {COLUMNS}{versioned};"]
        csv, others, json_lines = shell.beside(table, ["COPY t FROM 'rows.csv';"], imported, ["COPY t FROM 'rows.jsonl';"])
        operations.append(operation(f"CSV into a {kind} table", "µs a row", [csv, others, duck_csv], a_row, target, 1))
        operations.append(operation(f"JSON lines into a {kind} table", "µs a row", [json_lines, [], duck_lines], a_row))
    filled = [f"CREATE TABLE t {COLUMNS} WITH SYSTEM VERSIONING;", "COPY t FROM 'rows.csv';"]
    out = shell.beside(filled, ["COPY t TO 'out.csv' WITH (OVERWRITE);"], ["COPY t TO 'out.jsonl' WITH (OVERWRITE);"],
                       ["COPY t TO 'out.parquet' WITH (OVERWRITE);"], [".mode csv", ".once out.txt", "SELECT * FROM t;"])
    loaded = [*theirs, "COPY t FROM 'rows.csv'"]
    for series, kind, words, beside in zip(out, ("CSV", "JSON lines", "Parquet"), ("csv", "json", "parquet, COMPRESSION zstd"), (out[3], [], [])):
        # Once is less than what the start of node differs by.
        written = [taken / 5 for taken in duck.rounds(loaded, *[f"COPY t TO 'duck.out' (FORMAT {words})"] * 5)]
        operations.append(operation(f"{kind} out of a temporal table", "µs a row", [series, beside, written], a_row))
    return {"title": f"{rows} rows of three columns in and out by COPY", "contenders": ["SpectraDB", "the shell's .import and .once", "DuckDB"],
            "operations": operations}


def graphs(shell, edges):
    numbers = random.Random(7)
    nodes = edges // 5
    pairs = sorted({(numbers.randrange(nodes), numbers.randrange(nodes)) for _ in range(edges)})
    (shell.folder / "edges.csv").write_text("".join(f"{a},{b}\n" for a, b in pairs))
    made = ["CREATE TABLE edge (src INTEGER, dst INTEGER, PRIMARY KEY (src, dst)) WITH SYSTEM VERSIONING;", "COPY edge FROM 'edges.csv';"]
    walked = 10
    cte = "WITH RECURSIVE r(node) AS (VALUES (0) UNION SELECT dst FROM r JOIN edge ON src = node{}) SELECT count(*) FROM r;"
    operations = []
    for name, ours, theirs in (("all nodes reached", "", ""), ("all nodes reached, as of a commit", " WHERE as_of = 1", " AS OF 1")):
        series = shell.beside(made, [f"SELECT count(*) FROM spectradb_reach('edge', 0){ours};"] * walked,
                              [cte.format("").replace("JOIN edge", f"JOIN edge{theirs}")] * walked)
        operations.append(operation(name, "ms", series, 1e3 / walked, 5.0, 1))
    for name, sql in (("components", "spectradb_components('edge')"), ("PageRank", "spectradb_pagerank('edge')")):
        series = shell.beside(made, [f"SELECT count(*) FROM {sql};"] * walked)
        operations.append(operation(name, "ms", [*series, []], 1e3 / walked))
    return {"title": f"{edges} edges of {nodes} nodes", "contenders": ["SpectraDB", "a recursive CTE over the same table"], "operations": operations}


def feeds(shell, polls):
    facts, reads = 1000, 100
    made = [f"CREATE TABLE t {COLUMNS} WITH SYSTEM VERSIONING;", *["INSERT OR REPLACE INTO t VALUES (1, 'a', 1);"] * 20,
            f"WITH RECURSIVE n(i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n LIMIT {facts}) INSERT INTO t SELECT i, 'name', i FROM n;",
            "UPDATE t SET price = price + 1 WHERE id >= 10;"]
    shown = [f"count({column})" for column in ("commit_no", "committed_at", "table_name", "operation", "key", "row", "_valid_from", "_valid_to")]
    every = [*shown, *(f"count({column})" for column in ("before", "commit_notes", "cursor", "pieces"))]
    times = f"WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n LIMIT {10 * polls}) SELECT count(%s) FROM n"
    nothing, asked, of_one, known, counted, again = shell.beside(
        made, ["SELECT 1;"] * polls, ["SELECT commit_no FROM spectradb_changes(NULL, 22);"] * polls,
        ["SELECT commit_no FROM spectradb_changes('t', 22);"] * polls, ["SELECT spectradb_commit();"] * polls,
        [times % "i" + ";"], [times % "commit_no" + " LEFT JOIN spectradb_changes(NULL, 22 + 0 * i);"])
    less = [[one - other for one, other in zip(series, nothing)] for series in (known, asked, of_one)]
    less.append([(one - other) / 10 for one, other in zip(again, counted)])
    operations = [operation(name, "µs", [series], 1e6 / polls, target) for name, series, target in
                  zip(("spectradb_commit(), prepared anew", "spectradb_changes(NULL, …), nothing new, prepared anew",
                       "spectradb_changes('t', …), nothing new, prepared anew", "spectradb_changes(NULL, …), nothing new, asked again by one statement"),
                      less, (0, 10.0, 0, 10.0))]
    for kind, since, until in (("inserts", 20, 21), ("updates", 21, 22)):
        changes = f"spectradb_changes('t', {since}) WHERE commit_no <= {until}"
        row, star, whole = shell.beside(made, *([f"SELECT {', '.join(columns)} FROM {changes};"] * reads for columns in (["count(row)"], shown, every)))
        for name, series, target in (("row alone", row, 0), ("the columns of SELECT *", star, 1.0), ("before, pieces, commit_notes and cursor, too", whole, 1.0)):
            operations.append(operation(f"{facts} {kind}: {name}", "ms", [series], 1e3 / reads, target))
    return {"title": "Polls and reads of the change feed", "contenders": ["SpectraDB"], "operations": operations}


def series(shell, readings):
    seconds = "(1767225600 + i * 37)"
    made = ["CREATE TABLE r (sensor INTEGER, at TEXT, v REAL);",
            f"WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n LIMIT {readings}) "
            f"INSERT INTO r SELECT i % 100, datetime({seconds}, 'unixepoch'), i % 97 FROM n;"]
    buckets = shell.beside(made, ["SELECT max(spectradb_bucket('15 minutes', at)) FROM r;"],
                           ["SELECT max(datetime(CAST(strftime('%s', at) AS INTEGER) / 900 * 900, 'unixepoch')) FROM r;"])
    last = shell.beside(made, ["SELECT max(v) FROM (SELECT spectradb_last(v, at) AS v FROM r GROUP BY sensor);"],
                        ["SELECT max(v) FROM (SELECT v, max(at) FROM r GROUP BY sensor);"])
    return {"title": f"{readings} readings of 100 sensors", "contenders": ["SpectraDB", "SQLite's own functions"], "operations": [
        operation("buckets of 15 minutes", "µs a reading", buckets, 1e6 / readings),
        operation("the last reading of each", "µs a reading", last, 1e6 / readings)]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--extension", required=True)
    parser.add_argument("--json")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--storage", choices=["rows", "directory"])
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    module = str(Path(arguments.extension).resolve()).removesuffix(".so")
    rounds = arguments.rounds or (3 if arguments.quick else 5)
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(module, Path(folder), rounds)
        duck = Duck(shell, Path(module).parent / "duckdb")
        tables = []
        kinds = [lambda: copies(shell, duck, arguments.rows), lambda: graphs(shell, arguments.edges), lambda: feeds(shell, 5_000 if arguments.quick else 20_000)]
        storages = [arguments.storage] if arguments.storage else ["rows", "directory"]
        places = {"rows": "the store in the database file", "directory": "the store in a directory"}
        measured = [(table, storage) for table in kinds for storage in storages] + [(lambda: series(shell, arguments.rows), None)]
        for table, storage in measured:
            os.environ["SPECTRADB_STORAGE"] = storage or storages[0]
            tables.append(table())
            if storage: tables[-1]["title"] += ", " + places[storage]
            print(f"\n### {tables[-1]['title']}\n")
            for one in tables[-1]["operations"]:
                medians = [statistics.median(taken["cpu"]) if taken["cpu"] else None for taken in one["series"]]
                beside = ", ".join(f"{name}: {value:.2f} ({value / medians[0]:.2f})" for name, value in
                                   zip(tables[-1]["contenders"][1:], medians[1:]) if value is not None)
                print(f"{one['name']:40} {medians[0]:10.2f} {one['unit']:14} {beside}")
        version = subprocess.run(["sqlite3", "--version"], capture_output=True, text=True, check=True).stdout.split()[0]
        settings = [f"CPU time of the stock shell, SQLite {version}, on a new database, less what it needs to start and to make the tables",
                    f"DuckDB: {DUCKDB}, one thread, in node" if duck.is_there else "DuckDB: npm could not be reached"]
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"rounds": rounds, "settings": settings, "tables": tables}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

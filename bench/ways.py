#!/usr/bin/env python3
"""What goes in, out and along: COPY beside the shell's .import, graphs beside recursive CTEs, and polls of the change feed, by
the CPU time of the stock shell; what a shell needs to start and to make the tables is taken off. bench/run.sh ways calls it.

usage: bench/ways.py --extension=MODULE [--json=FILE] [--rows=N] [--edges=N] [--rounds=N]"""
import argparse
import json
import random
import resource
import subprocess
import tempfile
from pathlib import Path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--extension", required=True)
    parser.add_argument("--json")
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--edges", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    module = str(Path(arguments.extension).resolve()).removesuffix(".so")
    results = {}

    with tempfile.TemporaryDirectory() as folder:
        def seconds(*parts):
            """The CPU seconds of a shell that runs the parts on a new database: the least of the rounds."""
            least = None
            for round in range(arguments.rounds):
                database = Path(folder, "bench.db")
                for path in Path(folder).glob("bench.db*"):
                    subprocess.run(["rm", "-r", str(path)], check=True)
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(["sqlite3", "-batch", "-bail", "-init", "/dev/null", str(database), "-cmd", f".load '{module}'"],
                               input="\n".join(parts), text=True, check=True, stdout=subprocess.DEVNULL, cwd=folder)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                least = spent if least is None else min(least, spent)
            return least

        def show(name, value, unit):
            results[name] = value
            print(f"{name:52} {value:10.2f} {unit}")

        numbers = random.Random(7)
        rows = [f"{i},name {numbers.randrange(10**9)},{numbers.random() * 100:.3f}" for i in range(arguments.rows)]
        Path(folder, "rows.csv").write_text("\n".join(rows) + "\n")
        columns = "(id INTEGER PRIMARY KEY, name TEXT, price REAL)"
        for kind, versioned in (("temporal", " WITH SYSTEM VERSIONING"), ("plain", "")):
            table = f"CREATE TABLE t {columns}{versioned};"
            nothing = seconds(table)
            copied = seconds(table, "COPY t FROM 'rows.csv';") - nothing
            imported = seconds(table, ".mode csv", "BEGIN;", ".import rows.csv t", "COMMIT;") - nothing
            show(f"COPY FROM, {kind} table", copied / arguments.rows * 1e6, "µs a row")
            show(f"COPY FROM beside .import, {kind} table", imported / copied, "times the rate")

        nodes = arguments.edges // 5
        edges = {(numbers.randrange(nodes), numbers.randrange(nodes)) for _ in range(arguments.edges)}
        Path(folder, "edges.csv").write_text("".join(f"{a},{b}\n" for a, b in sorted(edges)))
        made = ("CREATE TABLE edge (src INTEGER, dst INTEGER, PRIMARY KEY (src, dst)) WITH SYSTEM VERSIONING;", "COPY edge FROM 'edges.csv';")
        walked = 10
        nothing = seconds(*made)
        reach = seconds(*made, *["SELECT count(*) FROM spectradb_reach('edge', 0);"] * walked) - nothing
        past = seconds(*made, *["SELECT count(*) FROM spectradb_reach('edge', 0) WHERE as_of = 1;"] * walked) - nothing
        cte = seconds(*made, "WITH RECURSIVE r(node) AS (VALUES (0) UNION SELECT dst FROM r JOIN edge ON src = node) SELECT count(*) FROM r;") - nothing
        show(f"spectradb_reach, all of {arguments.edges} edges", reach / walked * 1e3, "ms")
        show("spectradb_reach beside a recursive CTE", cte * walked / reach, "times the rate")
        show("spectradb_reach as of a commit beside the present", reach / past, "times the rate")

        polls, facts = 20_000, 1000
        made = (f"CREATE TABLE t {columns} WITH SYSTEM VERSIONING;", *["INSERT OR REPLACE INTO t VALUES (1, 'a', 1);"] * 20,
                f"WITH RECURSIVE n(i) AS (VALUES (10) UNION ALL SELECT i + 1 FROM n LIMIT {facts}) INSERT INTO t SELECT i, 'name', i FROM n;")
        nothing = seconds(*made, *["SELECT 1;"] * polls)
        asked = seconds(*made, *["SELECT commit_no FROM spectradb_changes('t', 21);"] * polls) - nothing
        known = seconds(*made, *["SELECT spectradb_commit();"] * polls) - nothing
        nothing = seconds(*made)
        read = seconds(*made, *["SELECT sum(length(row)) FROM spectradb_changes('t', 20);"] * 100) - nothing
        show("a poll by spectradb_commit(), statement prepared anew", known / polls * 1e6, "µs")
        show("a poll by spectradb_changes, nothing new", asked / polls * 1e6, "µs")
        show(f"spectradb_changes, {facts} facts", read / 100 * 1e3, "ms")

    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Measures experiments: 30,000 runs of 100 metrics each, listed, filtered and sorted, and two runs of 1,000 items compared:
experiments.py --extension=MODULE --json=FILE [--quick] [--rounds=N]

All times are CPU time of the whole process. Needs a Python whose sqlite3 loads extensions.
"""
import json
import os
import random
import sqlite3
import sys
import tempfile

import measured_tables
from text import new_database, seconds_each_of

RUNS, METRICS, ITEMS = 30_000, 100, 1000
QUESTIONS = {
    "list: the newest 50 of an experiment": (
        "SELECT id, name, status, params ->> '$.lr' FROM x_run WHERE experiment = 'e3' ORDER BY _valid_from DESC, id LIMIT 50", 100),
    "filter and sort: the 50 best of an experiment by a last metric, of a model": (
        "SELECT r.id, r.name, m.value FROM x_run r JOIN x_metric m ON m.run = r.id AND m.key = 'm7' AND m.step = 0 "
        "WHERE r.experiment = 'e3' AND r.params ->> '$.\"gen_ai.request.model\"' = 'b' ORDER BY m.value DESC LIMIT 50", 100),
    "filter and sort all runs by a parameter": (
        "SELECT id, name FROM x_run WHERE params ->> '$.lr' < 0.05 ORDER BY params ->> '$.lr', id LIMIT 50", 100),
    "count the runs of each experiment": ("SELECT experiment, count(*) FROM x_run GROUP BY experiment", 100),
    "all metrics of a run": ("SELECT key, step, value FROM x_metric WHERE run = 'r00777'", 100),
    "compare two runs of 1,000 items": ("SELECT item, path, a, b, delta FROM spectradb_compare('x_output', 'run', 'r00001', 'r00002')", 50),
    "compare a run of 1,000 items at two times": (
        "SELECT item, path, a, b, delta FROM spectradb_compare('x_output', 'run', 'r00001', 'r00001', {before}, {after})", 50)}


def fill(db, runs):
    drawn = random.Random(1)
    db.execute("SELECT spectradb_experiments('x')").fetchall()
    db.execute("BEGIN")
    names = [f"r{number:05}" for number in range(runs)]
    params = lambda: json.dumps({"gen_ai.request.model": drawn.choice("abcd"), "lr": round(drawn.random(), 4), "seed": drawn.randrange(1000)})
    db.executemany("INSERT INTO x_run (id, experiment, name, status, params, tags) VALUES (?, ?, ?, 'done', ?, '{}')",
                   ((name, f"e{drawn.randrange(10)}", "run " + name, params()) for name in names))
    db.execute("COMMIT")
    for part in range(0, runs, 3000):
        db.execute("BEGIN")
        db.executemany("INSERT INTO x_metric VALUES (?, ?, 0, ?)",
                       ((name, f"m{metric}", drawn.random()) for name in names[part:part + 3000] for metric in range(METRICS)))
        db.execute("COMMIT")
    for name in names[1:3]:
        db.execute("BEGIN")
        db.executemany("INSERT INTO x_output (run, item, input, output, scores, usage) VALUES (?, ?, ?, ?, ?, ?)",
                       ((name, f"q{item:04}", f"question {item}", f"answer {drawn.randrange(3)}", json.dumps({"exact": drawn.randrange(2), "f1": drawn.random()}),
                         json.dumps({"gen_ai.usage.input_tokens": drawn.randrange(400)})) for item in range(ITEMS)))
        db.execute("COMMIT")
    before = db.execute("SELECT spectradb_commit()").fetchone()[0]
    db.execute("UPDATE x_output SET scores = json_set(scores, '$.exact', 1) WHERE run = 'r00001'")
    db.execute("SELECT spectradb_flush()").fetchall()
    db.execute("SELECT spectradb_compact()").fetchall()
    return {"before": before, "after": before + 1}


def main(arguments):
    given = dict(one.lstrip("-").split("=", 1) for one in arguments if "=" in one)
    is_quick = "--quick" in arguments
    rounds, extension = int(given.get("rounds", 1 if is_quick else 3)), os.path.abspath(given["extension"])
    runs = RUNS // 10 if is_quick else RUNS
    table = measured_tables.Table(f"{runs} runs with {METRICS} metrics each", ["SpectraDB"])
    with tempfile.TemporaryDirectory() as folder:
        db = new_database(folder, "runs", extension)
        commits = fill(db, runs)
        for _ in range(rounds):
            for name, (sql, most) in QUESTIONS.items():
                asked = sql.format(**commits) if "{before}" in sql else sql
                table.add(name, "ms", [seconds_each_of(db, asked, 3) * 1e3], less=True, target=most, peer=0)
        db.close()
    measured_tables.write(given["json"], rounds, [f"SQLite {sqlite3.sqlite_version}; all rows read; the tables as spectradb_experiments() makes them"], [table])


if __name__ == "__main__":
    main(sys.argv[1:])

"""Measures what applications meet every day, beside plain tables: web requests, what is left on disk, and how a database opens.

usage: everyday.py --extension=PATH --json=FILE [--rounds=N] [--only=TEXT] [--facts=N,N] [--quick]

Each figure is taken in a process of its own; of several rounds the least counts, as what else a machine does only adds. The store is in the
database file, its default, but where a column says directory.
"""
import argparse
import json
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time

import measured_tables

TABLES = 20
ROWS = 2_000  # of each
REQUESTS = 400
CHECKPOINTS = 300
OURS, PLAIN = "SpectraDB", "A: no history"


def connect(path, extension, storage="rows"):
    db = sqlite3.connect(path, isolation_level=None)
    if extension:
        db.enable_load_extension(True)
        db.execute("SELECT load_extension(?)", (extension,))
        if storage != "rows":
            db.execute("SELECT spectradb_config('storage', ?)", (storage,))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def make(db, extension, text):
    """A table with its history, or a plain one. Hosts that are not hooked get the statement as SQLite takes it."""
    if extension and text.startswith("CREATE TABLE"):
        text += " WITH SYSTEM VERSIONING"
    db.execute(db.execute("SELECT spectradb_sql(?)", (text,)).fetchone()[0] if extension else text)


def apart(work):
    """What `work` returns, in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        answer = work()
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        sys.exit("a process failed")
    return json.loads(text)


def make_site(path, extension):
    db = connect(path, extension)
    for number in range(TABLES):
        make(db, extension, f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, ref INTEGER, name TEXT, at INTEGER)")
        make(db, extension, f"CREATE INDEX t{number}_ref ON t{number} (ref)")
        make(db, extension, f"CREATE INDEX t{number}_at ON t{number} (at)")
        db.execute("BEGIN")
        db.executemany(f"INSERT INTO t{number} VALUES (?, ?, ?, ?)",
                       ((i, i * 7919 % (ROWS // 10), f"name {i * 31 % 1000} of {i}", i * 104729 % 1_000_003) for i in range(1, ROWS + 1)))
        db.execute("COMMIT")
    db.close()


def request(db, number):
    """Five statements of one page."""
    table, other, key = number % TABLES, (number + 1) % TABLES, number * 7919 % ROWS + 1
    rows = db.execute(f"SELECT name, ref FROM t{table} WHERE id = ?", (key,)).fetchall()
    rows += db.execute(f"SELECT b.name FROM t{table} a JOIN t{other} b ON b.ref = a.ref WHERE a.id = ?", (key,)).fetchall()
    rows += db.execute(f"SELECT count(*) FROM t{other} WHERE ref = ?", (key % (ROWS // 10),)).fetchall()
    db.execute(f"UPDATE t{table} SET name = ? WHERE id = ?", (f"changed {number}", key))
    rows += db.execute(f"SELECT id, name FROM t{table} ORDER BY at DESC LIMIT 20").fetchall()
    return rows


def serve(path, extension, is_kept):
    """(milliseconds of CPU a request, the answers)."""
    kept = connect(path, extension) if is_kept else None
    if kept:
        for number in range(TABLES):
            request(kept, number)
    before, answers = time.process_time(), []
    for number in range(REQUESTS):
        db = kept or connect(path, extension)
        answers.append(len(request(db, number)))
        if not kept:
            db.close()
    return (time.process_time() - before) / REQUESTS * 1e3, sum(answers)


def requests(arguments, folder):
    table = measured_tables.Table(f"A web request: five statements on {TABLES} tables of {ROWS} rows with two indexes each", [OURS, PLAIN])
    paths = [(os.path.join(folder, "ours.db"), arguments.extension), (os.path.join(folder, "plain.db"), None)]
    for path, extension in paths:
        apart(lambda path=path, extension=extension: make_site(path, extension))
    for name, is_kept, target in (("on a new connection", False, 0.65), ("on a kept connection", True, 0.7)):
        for _ in range(arguments.rounds):
            found = [apart(lambda path=path, extension=extension: serve(path, extension, is_kept)) for path, extension in paths]
            if found[0][1] != found[1][1]:
                sys.exit("the answers differ")
            table.add(name, "CPU ms a request", [milliseconds for milliseconds, _ in found], less=True, target=target)
    return table


def on_disk(path):
    total = 0
    for name in os.listdir(os.path.dirname(path)):
        whole = os.path.join(os.path.dirname(path), name)
        if name.startswith(os.path.basename(path).removesuffix(".db")):
            total += sum(os.path.getsize(os.path.join(place, one)) for place, _, ones in os.walk(whole) for one in ones) if os.path.isdir(whole) else os.path.getsize(whole)
    return total / 1e6


def write_checkpoints(path, extension, storage):
    """An agent's thread: each checkpoint has all messages so far, and is a commit of its own, as are the writes between."""
    words = random.Random(27)
    db = connect(path, extension, storage)
    make(db, extension, "CREATE TABLE checkpoint (thread TEXT, step INTEGER, state TEXT, PRIMARY KEY (thread, step))")
    make(db, extension, "CREATE TABLE pending (thread TEXT PRIMARY KEY, state TEXT)")
    messages = []
    for step in range(CHECKPOINTS):
        messages.append({"role": "user" if step % 2 else "assistant", "content": " ".join(f"{words.randrange(5000):x}" for _ in range(120))})
        state = json.dumps({"messages": messages})
        db.execute("INSERT INTO checkpoint VALUES ('a', ?, ?)", (step, state))
        db.execute("INSERT INTO pending VALUES ('a', ?) ON CONFLICT (thread) DO UPDATE SET state = excluded.state", (state,))
    db.close()


def compact(path, extension, storage):
    db = connect(path, extension, storage)
    db.execute("SELECT spectradb_compact()" if extension else "VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = db.execute("PRAGMA page_size").fetchone()[0]
    live = (db.execute("PRAGMA page_count").fetchone()[0] - db.execute("PRAGMA freelist_count").fetchone()[0]) * size / 1e6
    db.close()
    return live


def checkpoints(arguments, folder):
    table = measured_tables.Table(f"{CHECKPOINTS} growing checkpoints of a thread, each in a commit, on disk", [OURS, "directory", "A: no history but the checkpoints"])
    left, compacted, live = [], [], []  # for rows, free pages of the file are no part of what the store needs
    for number, (extension, storage) in enumerate(((arguments.extension, "rows"), (arguments.extension, "directory"), (None, ""))):
        path = os.path.join(folder, f"checkpoints{number}.db")
        apart(lambda path=path, extension=extension, storage=storage: write_checkpoints(path, extension, storage))
        left.append(on_disk(path))
        live.append(apart(lambda path=path, extension=extension, storage=storage: compact(path, extension, storage)))
        compacted.append(on_disk(path))
    table.add("when it is closed", "MB", left, less=True)
    table.add("after spectradb_compact() (VACUUM of the plain one)", "MB", compacted, less=True)
    table.add("of that, pages that are not free", "MB", [live[0], None, live[2]], less=True)
    needed = [live[0], compacted[1], live[2]]
    table.add("when it is closed, beside what it then needs", "times", [size / least for size, least in zip(left, needed)], less=True, target=1.3, peer=0)
    return table


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(path, extension, rows):
    db = connect(path, extension)
    make(db, extension, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, x REAL)")
    db.execute("BEGIN")
    db.executemany("INSERT INTO t VALUES (?, ?, ?)", ((i, f"value {i * 7919 % 1_000_003}", i / 4) for i in range(rows)))
    db.execute("COMMIT")
    if extension:
        db.execute("SELECT spectradb_compact()")
    db.close()


def open_once(path, extension, rows):
    """(milliseconds of CPU to the first row, MB more in memory at it, MB more after reading all)."""
    at_first = peak_mb()
    before = time.process_time()
    db = connect(path, extension)
    db.execute("SELECT v FROM t WHERE id = ?", (rows // 2,)).fetchone()
    milliseconds = (time.process_time() - before) * 1e3
    opened = peak_mb()
    db.execute("SELECT sum(x), max(v) FROM t").fetchone()
    return milliseconds, opened - at_first, peak_mb() - at_first


def opening(arguments, folder):
    for rows in arguments.facts:
        table = measured_tables.Table(f"Opening a database of {rows} facts", [OURS, PLAIN])
        paths = [(os.path.join(folder, f"open{rows}.db"), arguments.extension), (os.path.join(folder, f"plain{rows}.db"), None)]
        for path, extension in paths:
            apart(lambda path=path, extension=extension: fill(path, extension, rows))
        for _ in range(arguments.rounds):
            found = [apart(lambda path=path, extension=extension: open_once(path, extension, rows)) for path, extension in paths]
            for place, (name, unit) in enumerate((("to the first row", "CPU ms"), ("memory at the first row", "MB"), ("memory after all rows", "MB"))):
                table.add(name, unit, [max(one[place], 0.01) for one in found], less=True)
        yield table
        for path, _ in paths:
            os.unlink(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--facts", default="10000,100000,1000000,10000000")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    arguments.extension = os.path.abspath(arguments.extension)
    arguments.facts = (10_000, 100_000) if arguments.quick else [int(number) for number in arguments.facts.split(",")]
    tables = []
    with tempfile.TemporaryDirectory(prefix="spectradb-everyday-") as folder:
        if arguments.only in "requests":
            tables.append(requests(arguments, folder))
        if arguments.only in "checkpoints":
            tables.append(checkpoints(arguments, folder))
        if arguments.only in "opening":
            tables += opening(arguments, folder)
    measured_tables.write(arguments.json, arguments.rounds,
                          [f"SQLite {sqlite3.sqlite_version}, WAL, synchronous = NORMAL, from Python; SpectraDB: storage 'rows', its defaults, the ledger is off"], tables)


if __name__ == "__main__":
    main()

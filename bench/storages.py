#!/usr/bin/env python3
"""Measures the two storages beside each other: the store in rows of the database, and in a directory.

usage: storages.py --extension=PATH --json=FILE [--keys=N] [--rounds=N] [--only=TEXT] [--quick]

Each operation runs in a process of its own, on a database that earlier operations of the same storage made. A figure is
the CPU time of that process, threads in the background included; bytes written are those it gave to the system. Readings are repeated, and the least counts: a tenth of a second is
soon a third longer where others use the processors. Of several rounds, storages in turn, the least counts, too: what else
a machine does adds to CPU time, and takes nothing away. "Beyond the cache" means a block cache of 2 MB and 2 MB of SQLite's pages, a small part of the data; "cached" means as much as there is.
"""

import argparse
import os
import resource
import sqlite3
import sys
import tempfile
import time

import measured_tables

STORAGES = ("rows", "directory")
SMALL_CACHE = 2 << 20
READINGS = 7


def connect(path, extension, storage, cache):
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    db.execute("SELECT load_extension(?)", (extension,))
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA cache_size = -{(cache or 1 << 30) // 1024}")
    if cache:
        db.execute("SELECT spectradb_config('block_cache_bytes', ?)", (cache,))
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 't'").fetchone():
        db.execute("SELECT spectradb_config('storage', ?)", (storage,))
        db.execute("CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT, n INT)")
    return db


def load(db, keys):
    db.execute("BEGIN")
    db.execute(
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "INSERT INTO t SELECT i, printf('%08x', i * 2654435761 % 4294967296) || hex(i * i) || ' of the first', i % 997 FROM n",
        (keys,))
    db.execute("COMMIT")


def update(db, keys):
    for part in range(10):
        db.execute("BEGIN")
        db.execute("UPDATE t SET v = substr(v, 1, 20) || ' anew', n = n + 1 WHERE id % 10 = ?", (part,))
        db.execute("COMMIT")


def commits(db, keys):
    for i in range(3000):
        db.execute("UPDATE t SET n = n + 1 WHERE id = ?", (i * 7919 % keys + 1,))


def points(db, keys, clause="", count=20000):
    for i in range(count):
        db.execute(f"SELECT v FROM t {clause} WHERE id = ?", (i * 7919 % keys + 1,)).fetchone()


def longest_commit(db, keys):
    """The CPU seconds of the longest of many commits of one row, all threads included."""
    longest = 0
    for i in range(60_000):
        before = time.process_time()
        db.execute("UPDATE t SET n = n + 1, v = v || 'x' WHERE id = ?", (i * 7919 % keys + 1,))
        longest = max(longest, time.process_time() - before)
    return longest


def points_as_of(db, keys):
    points(db, keys, "AS OF COMMIT 6")


def scan(db, keys):
    db.execute("SELECT sum(n), max(v) FROM t").fetchone()


def scan_as_of(db, keys):
    db.execute("SELECT sum(n), max(v) FROM t AS OF COMMIT 6").fetchone()


# (what it is called, what it does, the cache, the most that rows may take of a directory's time)
OPERATIONS = (
    ("bulk load", load, None, 1.15),
    ("update", update, None, 1.25),
    ("one-row commits", commits, None, 1.0),
    ("point, cached", points, None, 1.05),
    ("scan, cached", scan, None, 1.05),
    ("point beyond the cache", points, SMALL_CACHE, 1.6),
    ("point AS OF beyond the cache", points_as_of, SMALL_CACHE, 1.6),
    ("scan beyond the cache", scan, SMALL_CACHE, 1.4),
    ("scan AS OF beyond the cache", scan_as_of, SMALL_CACHE, 1.7),
)
WRITERS = (load, update, commits)
MOST_BYTES = 2.6  # where SQLite zeroes what it frees, as Debian's does
MOST_OF_COMMIT_MS = 50


def written_bytes():
    with open("/proc/self/io", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(operation, db, keys):
    before = cpu()
    operation(db, keys)
    return cpu() - before


def measure(path, arguments, storage, operation, cache):
    """Returns (CPU seconds, bytes written) of one operation in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        db = connect(path, arguments.extension, storage, cache)
        if operation in (points, points_as_of, scan) and not cache:
            operation(db, arguments.keys)  # warms the cache
        bytes_before = written_bytes()
        if operation is longest_commit:
            seconds = operation(db, arguments.keys)
        elif operation in WRITERS:
            before = cpu()
            operation(db, arguments.keys)
            db.close()
            seconds = cpu() - before
        else:
            seconds = min(timed(operation, db, arguments.keys) for _ in range(READINGS))
        os.write(writing, f"{seconds} {written_bytes() - bytes_before}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    if not text:
        sys.exit(f"{storage}: {operation.__name__} failed")
    seconds, written = text.split()
    return float(seconds), int(written)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extension", required=True)
    parser.add_argument("--json", required=True)
    parser.add_argument("--keys", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    arguments.extension = os.path.abspath(arguments.extension)
    if arguments.quick:
        arguments.keys, arguments.rounds = arguments.keys // 10, 1
    seconds, written, commit = {}, {}, {storage: [] for storage in STORAGES}
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory(prefix="spectradb-storages-") as directory:
            paths = {storage: os.path.join(directory, f"{storage}.db") for storage in STORAGES}
            for name, operation, cache, _most in OPERATIONS:
                if arguments.only not in name and operation not in (load, update):
                    continue
                for storage, path in paths.items():
                    cpu_seconds, count = measure(path, arguments, storage, operation, cache)
                    seconds.setdefault((name, storage), []).append(cpu_seconds)
                    written.setdefault((name, storage), []).append(count)
            if arguments.only in "longest commit":
                for storage, path in paths.items():
                    commit[storage].append(measure(path, arguments, storage, longest_commit, None)[0])
    table = measured_tables.Table(f"{arguments.keys} keys", STORAGES)
    for name, operation, _cache, most in OPERATIONS:
        if (name, "rows") not in seconds:
            continue
        table.add(name, "CPU s", [min(seconds[name, storage]) for storage in STORAGES], less=True, target=1 / most)
        if operation in WRITERS:
            table.add(f"{name}: written", "MB", [min(written[name, storage]) / 1e6 for storage in STORAGES], less=True, target=1 / MOST_BYTES)
    if commit["rows"]:
        table.add("longest of 60,000 commits", "CPU ms", [max(commit[storage]) * 1e3 for storage in STORAGES], less=True, target=MOST_OF_COMMIT_MS, peer=0)
    measured_tables.write(arguments.json, arguments.rounds,
                          [f"SQLite {sqlite3.sqlite_version} as Debian builds it (secure_delete is on), WAL, synchronous = NORMAL, the ledger is off",
                           "\"beyond the cache\": a block cache of 2 MB and 2 MB of SQLite's pages"], [table])


if __name__ == "__main__":
    main()

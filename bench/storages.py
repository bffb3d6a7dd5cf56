#!/usr/bin/env python3
"""Measures the two storages beside each other: the store in rows of the database, and in a directory.

usage: storages.py --extension=PATH [--keys=N] [--rounds=N] [--only=TEXT]

Each operation runs in a process of its own, on a database that earlier operations of the same storage made. A figure is
the CPU time of that process, threads in the background included; bytes written are those it gave to the system. The last
column is rows / directory: below 1 rows take less. Of several rounds, storages in turn, the median counts. "Beyond the
cache" means a block cache of 2 MB and 2 MB of SQLite's pages, a small part of the data; "cached" means as much as there is.
"""

import argparse
import os
import resource
import sqlite3
import statistics
import sys
import tempfile

STORAGES = ("rows", "directory")
SMALL_CACHE = 2 << 20


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


def points_as_of(db, keys):
    points(db, keys, "AS OF COMMIT 6")


def scan(db, keys):
    db.execute("SELECT sum(n), max(v) FROM t").fetchone()


def scan_as_of(db, keys):
    db.execute("SELECT sum(n), max(v) FROM t AS OF COMMIT 6").fetchone()


# (what it is called, what it does, the cache, the most that rows may take)
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


def written_bytes():
    with open("/proc/self/io", encoding="ascii") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("wchar"))


def measure(path, arguments, storage, operation, cache):
    """Returns (CPU seconds, bytes written) of one operation in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        db = connect(path, arguments.extension, storage, cache)
        if operation in (points, points_as_of, scan) and not cache:
            operation(db, arguments.keys)  # warms the cache
        before, bytes_before = resource.getrusage(resource.RUSAGE_SELF), written_bytes()
        operation(db, arguments.keys)
        if operation in WRITERS:
            db.close()
        after = resource.getrusage(resource.RUSAGE_SELF)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
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
    parser.add_argument("--keys", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.extension = os.path.abspath(arguments.extension)
    seconds = {}
    written = {}
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory(prefix="spectradb-storages-") as directory:
            for name, operation, cache, _most in OPERATIONS:
                if arguments.only not in name and operation not in (load, update):
                    continue
                for storage in STORAGES:
                    path = os.path.join(directory, f"{storage}.db")
                    cpu, count = measure(path, arguments, storage, operation, cache)
                    seconds.setdefault((name, storage), []).append(cpu)
                    written.setdefault((name, storage), []).append(count)
    print(f"{arguments.keys} keys, SQLite {sqlite3.sqlite_version}, {arguments.rounds} rounds\n")
    print("| operation | rows, CPU s | directory, CPU s | rows / directory | at most |\n|---|---|---|---|---|")
    for name, operation, _cache, most in OPERATIONS:
        if (name, "rows") not in seconds:
            continue
        rows, directory = (statistics.median(seconds[name, storage]) for storage in STORAGES)
        print(f"| {name} | {rows:.2f} | {directory:.2f} | {rows / directory:.2f} | {most} |")
        if operation in WRITERS:
            rows, directory = (statistics.median(written[name, storage]) / 1e6 for storage in STORAGES)
            print(f"| … MB written | {rows:.0f} | {directory:.0f} | {rows / directory:.2f} | {MOST_BYTES} |")


if __name__ == "__main__":
    main()

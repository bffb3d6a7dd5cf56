#!/usr/bin/python3
"""Hosts that carry an SQLite of their own (all of Node, R, upstream's JDBC …): the hook does not reach their SQLite.

SELECT spectradb_sql('…') says what plain SQL a temporal statement stands for, and the host runs that: one statement at a time,
as each may change what the next one means. Shown here with Python and the hook turned off. usage: unhooked.py [MODULE]
"""
import os
import sqlite3
import sys
import tempfile

os.environ["SPECTRADB_NO_HOOK"] = "1"
module = sys.argv[1].removesuffix(".so") if len(sys.argv) > 1 else "spectradb"

with tempfile.TemporaryDirectory() as directory:
    db = sqlite3.connect(os.path.join(directory, "my.db"), isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(module)
    assert db.execute("SELECT spectradb_hooked()").fetchone() == (0,)

    def run(sql, parameters=()):
        plain = db.execute("SELECT spectradb_sql(?)", (sql,)).fetchone()[0]
        return db.execute(plain, parameters)

    run("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
    run("INSERT INTO accounts VALUES (?, ?, ?)", (1, "alice", 100))  # commit 1
    run("UPDATE accounts SET balance = balance - 20")  # commit 2
    print("now|%d" % run("SELECT balance FROM accounts").fetchone())
    print("after commit 1|%d" % run("SELECT balance FROM accounts AS OF ?", (1,)).fetchone())
    db.close()

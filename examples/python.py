#!/usr/bin/python3
"""Python's own sqlite3 module, where it is linked with the system's SQLite (Debian's and Ubuntu's are).

usage: python.py [MODULE]
"""
import os
import sqlite3
import sys
import tempfile

module = sys.argv[1].removesuffix(".so") if len(sys.argv) > 1 else "spectradb"

with tempfile.TemporaryDirectory() as directory:
    db = sqlite3.connect(os.path.join(directory, "my.db"))
    db.enable_load_extension(True)
    db.load_extension(module)
    db.enable_load_extension(False)

    db.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
    with db:
        db.execute("INSERT INTO accounts VALUES (?, ?, ?)", (1, "alice", 100))  # commit 1
    with db:
        db.execute("UPDATE accounts SET balance = balance - 20")  # commit 2

    print("now|%d" % db.execute("SELECT balance FROM accounts").fetchone())
    print("after commit 1|%d" % db.execute("SELECT balance FROM accounts AS OF ?", (1,)).fetchone())
    db.close()

#!/usr/bin/python3
"""APSW, where it is linked with the system's SQLite (Debian's python3-apsw is). usage: apsw_example.py [MODULE]"""
import os
import sys
import tempfile

import apsw

module = sys.argv[1].removesuffix(".so") if len(sys.argv) > 1 else "spectradb"

with tempfile.TemporaryDirectory() as directory:
    db = apsw.Connection(os.path.join(directory, "my.db"))
    db.enableloadextension(True)
    db.loadextension(module)
    cursor = db.cursor()
    cursor.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
    cursor.execute("INSERT INTO accounts VALUES (?, ?, ?)", (1, "alice", 100))  # commit 1
    cursor.execute("UPDATE accounts SET balance = balance - 20")  # commit 2
    print("now|%d" % next(cursor.execute("SELECT balance FROM accounts")))
    print("after commit 1|%d" % next(cursor.execute("SELECT balance FROM accounts AS OF ?", (1,))))
    db.close()

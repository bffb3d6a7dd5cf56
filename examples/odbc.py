#!/usr/bin/python3
"""ODBC, with the driver libsqliteodbc on the system's SQLite. usage: odbc.py [MODULE]

RETURNING gives no rows there: the driver takes what begins with INSERT for a statement without any.
"""
import glob
import os
import sys
import tempfile

import pyodbc

module = sys.argv[1].removesuffix(".so") if len(sys.argv) > 1 else "spectradb"
driver = glob.glob("/usr/lib/*/odbc/libsqlite3odbc.so")[0]

with tempfile.TemporaryDirectory() as directory:
    file = os.path.join(directory, "my.db")
    db = pyodbc.connect(f"DRIVER={driver};Database={file};LoadExt={module}", autocommit=True)
    db.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING")
    db.execute("INSERT INTO accounts VALUES (?, ?, ?)", (1, "alice", 100))  # commit 1
    db.execute("UPDATE accounts SET balance = balance - 20")  # commit 2
    print("now|%d" % db.execute("SELECT balance FROM accounts").fetchone()[0])
    print("after commit 1|%d" % db.execute("SELECT balance FROM accounts AS OF ?", (1,)).fetchone()[0])
    db.close()

#!/usr/bin/env bash
# Python's Connection.iterdump() of a database with temporal tables fails, and says what is to be used instead: what it would
# write cannot be read back. What docs/dump.md tells to do instead makes the same database. usage: iterdump.sh MODULE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tool.sh"  # begins in a folder of its own

shell old.db <<'SQL'
CREATE TABLE "T t" (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;
CREATE TABLE plain (a, b);
INSERT INTO plain VALUES (1, 'it''s');
INSERT INTO "T t" VALUES (1, 'a'), (2, 'b');
UPDATE "T t" SET v = 'c' WHERE id = 1;
SQL

cat >dump.py <<'PYTHON'
import sqlite3, sys

def connect(path):
    connection = sqlite3.connect(path)
    connection.enable_load_extension(True)
    connection.load_extension(sys.argv[1].removesuffix(".so"))
    return connection

old, new = connect("old.db"), connect("new.db")
try:
    text = "".join(old.iterdump())
    sys.exit("there is a text: " + text)
except sqlite3.OperationalError as error:
    if "SELECT sql FROM spectradb_dump" not in str(error): sys.exit(str(error))
# As docs/dump.md says it.
new.executescript("\n".join(sql for (sql,) in old.execute("SELECT sql FROM spectradb_dump")))
for question in ('SELECT *, _system_from, _system_to FROM "T t" FOR ALL SYSTEM_TIME', "SELECT * FROM plain"):
    answers = [connection.execute(question).fetchall() for connection in (old, new)]
    if answers[0] != answers[1] or not answers[0]: sys.exit(f"{question}: {answers}")
# A database without temporal tables is Python's.
alone = connect("alone.db")
alone.executescript("CREATE TABLE plain (a); INSERT INTO plain VALUES (5);")
if 'INSERT INTO "plain" VALUES(5);' not in list(alone.iterdump()): sys.exit("a database without temporal tables")
PYTHON
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD" ASAN_OPTIONS=detect_leaks=0} "$python" dump.py "$module" ||
  fail "iterdump"
echo "iterdump() is refused by name, and spectradb_dump takes its place"

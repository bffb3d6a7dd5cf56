#!/usr/bin/env bash
# tools/spectradb-feed: each change comes once, in the order of commits, however often the feeder or its server is killed; a database
# of another history is noticed; changes of the schema and erasures stand where they belong. Redis and NATS are asked where they are.
# usage: feed.sh MODULE [SEED]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tool.sh"  # begins in a folder of its own
seed=${2:-$RANDOM}
echo "seed $seed"
feed() { run_tool spectradb-feed "$@"; }
refused() {  # WORDS ARGUMENT …
  local words=$1 said
  shift
  if said=$(feed "$@" --once 2>&1); then fail "this is fed: $*"; fi
  [[ $said == *"$words"* ]] || fail "feed $*: $said"
}
same() { cmp "$1" "$2" || fail "$3"; }

shell my.db >/dev/null <<'SQL'
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, part BLOB, price REAL) WITH SYSTEM VERSIONING;
CREATE TABLE "line
end" (a TEXT, b INTEGER, v, PRIMARY KEY (a, b)) WITH SYSTEM VERSIONING;
INSERT INTO item VALUES (1, 'it''s "tea"' || char(10, 0x1f, 0x20ac), x'00ff', 1e999), (2, 'mint', NULL, 2.0);
INSERT INTO item (id, name) VALUES (3, 'sage') VALID FROM '2026-01-01' TO '2027-01-01';
INSERT INTO "line
end" VALUES ('a', 1, x'0a'), ('b', 2, 9007199254740993);
SQL
feed my.db --once >begin.jsonl
# A consumer that is in the database remembers for standard output.
[ -z "$(feed my.db --once)" ] || fail "lines come again though they were acknowledged"
shell my.db >/dev/null <<'SQL'
BEGIN; SELECT spectradb_annotate('author', 'ann'); UPDATE item SET price = 4.0 WHERE id = 1; DELETE FROM item WHERE id = 2; COMMIT;
UPDATE item FOR PORTION OF VALID_TIME FROM '2026-03-01' TO '2026-04-01' SET name = 'sage!' WHERE id = 3;
ALTER TABLE item ADD COLUMN unit TEXT;
INSERT INTO item VALUES (4, 'dill', NULL, NULL, 'kg');
CREATE TABLE later (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING;
SELECT spectradb_erase('item', 4, 'asked to');
ALTER TABLE later RENAME TO latest;
SQL
feed my.db --once >more.jsonl
/usr/bin/python3 - begin.jsonl more.jsonl <<'PYTHON' || fail "the lines are not what they should be"
import json, sys
first, more = ([json.loads(line) for line in open(name, encoding="utf-8")] for name in sys.argv[1:])
def is_(got, wanted):
    if got != wanted: sys.exit(f"{got}\nis not\n{wanted}")
is_([(e["id"], e["type"]) for e in first], [("3-1", "snapshot"), *((f"3-{n}", "row") for n in range(2, 7)), ("3-7", "tail")])
is_(sorted(first[0]["tables"]), ["item", "line\nend"])
is_([(e["table_name"], e["key"], e["_valid_from"], e["row"]) for e in first[1:-1]], [
    ("item", 1, None, {"id": 1, "name": "it's \"tea\"\n\x1f€", "part": "X'00FF'", "price": float("inf")}),
    ("item", 2, None, {"id": 2, "name": "mint", "part": None, "price": 2.0}),
    ("item", 3, "2026-01-01", {"id": 3, "name": "sage", "part": None, "price": None}),
    ("line\nend", '["a",1]', None, {"a": "a", "b": 1, "v": "X'0A'"}), ("line\nend", '["b",2]', None, {"a": "b", "b": 2, "v": 9007199254740993})])
between = 1 << 40
is_([(e["id"], e["type"], e["commit_no"], e["operation"], e["table_name"]) for e in more], [
    ("4-0", "change", 4, "update", "item"), ("4-1", "change", 4, "delete", "item"), ("5-0", "change", 5, "update", "item"),
    (f"5-{between}", "schema", 6, "alter table", "item"), (f"5-{between + 1}", "schema", 7, "create table", "later"),
    (f"5-{between + 2}", "schema", 8, "rename table", "latest"), (f"5-{between + 3}", "erasure", 7, "erase", "item")])
is_(more[6]["erased"], ["6-0", "7-0"])
is_([(e["before"] or {}).get("price") for e in more[:2]], [float("inf"), 2.0])
is_([e["commit_notes"] for e in more[:3]], [{"author": "ann"}, {"author": "ann"}, None])
is_("pieces" in more[1], False)
is_(more[2]["pieces"], [{"_valid_from": "2026-03-01", "_valid_to": "2026-04-01", "row": {"id": 3, "name": "sage", "part": None, "price": None, "unit": None}}])
PYTHON

# From any place that a killed feeder may have left, the file becomes the same.
copy() { shell "$1" <<<"SELECT spectradb_backup('$2') > 0;" >/dev/null; }
feed my.db --once -o whole.jsonl --since 1
shell my.db <<<"SELECT 1 WHERE spectradb_consumer('spectradb-feed', 0) IS NULL;"
feed my.db --once -o snapshot.jsonl
for whole in whole snapshot; do
  bytes=$(stat -c %s $whole.jsonl)
  for cut in 0 7 $(grep -bo '^' $whole.jsonl | cut -d : -f 1 | shuf -n 4) $(shuf -i 1-"$bytes" -n 3) "$bytes"; do
    head -c "$cut" $whole.jsonl >cut.jsonl
    if [ $whole = whole ]; then feed my.db --once -o cut.jsonl --since 1; else feed my.db --once -o cut.jsonl; fi
    same $whole.jsonl cut.jsonl "cut after $cut bytes of $bytes, $whole.jsonl becomes another"
  done
done

# History that was told whole may be retired, up to the last commit: by what the file says, and where the feeder goes on by itself. What
# was told in part is asked for again, and so is all that entries of older feeders, which have no mark, say.
retired() { shell "$1" <<<"SELECT spectradb_retire('item', spectradb_commit()) IS NULL;" >/dev/null; }
copy my.db retired.db
for turn in one two; do
  shell retired.db <<<"BEGIN; UPDATE item SET name = '$turn'; INSERT INTO \"line
end\" VALUES ('$turn', 1, 1); COMMIT;"
  feed retired.db -o retired.jsonl --once
  retired retired.db
  feed retired.db -o retired.jsonl --once
done
/usr/bin/python3 - retired.jsonl <<'PYTHON' || fail "the last fact of a commit is not marked, or another one is"
import json, sys
changes = [entry for entry in map(json.loads, open(sys.argv[1], encoding="utf-8")) if entry["type"] == "change"]
is_last = [one["commit_no"] != next["commit_no"] for one, next in zip(changes, changes[1:])] + [True]
sys.exit(0 if len(changes) > 2 and not all(is_last) and [entry.get("last", False) for entry in changes] == is_last else f"{changes}")
PYTHON
shell retired.db <<<"UPDATE item SET name = 'three';"
cp retired.jsonl told.jsonl
feed retired.db -o retired.jsonl --once
head -n -1 retired.jsonl >part.jsonl
sed 's/,"last":true//' retired.jsonl >unmarked.jsonl
for file in part unmarked; do feed retired.db -o $file.jsonl --once; done
same retired.jsonl part.jsonl "a commit that was told in part is not told whole"
sed 's/,"last":true//' retired.jsonl | cmp - unmarked.jsonl || fail "entries without marks are told again"
retired retired.db
refused "retired" retired.db -o told.jsonl

# A database that was put back is another one from the lost commits on; before them it is the same.
copy my.db older.db
feed my.db -o both.jsonl --once
shell my.db <<<"INSERT INTO item (id) VALUES (7);"
cp both.jsonl before.jsonl
feed my.db -o both.jsonl --once
shell older.db <<<"INSERT INTO item (id) VALUES (8); INSERT INTO item (id) VALUES (9);"
refused "is not of this database's commit" older.db -o both.jsonl
feed older.db -o before.jsonl --once
[ "$(tail -n 1 before.jsonl | grep -o '"key":9')" = '"key":9' ] || fail "a consumer from before the copy does not go on"
# So are changes of the schema and erasures, which take no commit.
copy my.db altered.db
copy my.db erased.db
cp both.jsonl altered.jsonl
cp both.jsonl erased.jsonl
shell my.db <<<"ALTER TABLE item ADD COLUMN mine TEXT;"
feed my.db -o altered.jsonl --once
shell altered.db <<<"ALTER TABLE item ADD COLUMN theirs TEXT; INSERT INTO item (id) VALUES (10);"
refused "is not one of altered.db" altered.db -o altered.jsonl
shell my.db <<<"DELETE FROM item WHERE id = 7;"
feed my.db -o erased.jsonl --once
copy my.db erased.db
shell my.db <<<"SELECT spectradb_erase('item', 7, 'asked to');" >/dev/null
feed my.db -o erased.jsonl --once
[ "$(tail -n 1 erased.jsonl | grep -o '"operation":"erase"')" ] || fail "an erasure that makes no commit is not told"
refused "is not one of erased.db" erased.db -o erased.jsonl

# What is not the feeder's is left as it is, and said.
echo "not ours" >foreign.txt
printf 'half a line' >half.txt
for file in foreign.txt half.txt; do
  sum=$(sha256sum <$file)
  refused "$file" my.db -o $file
  [ "$sum" = "$(sha256sum <$file)" ] || fail "$file was changed"
done
refused "there is no database none.db" none.db
refused "would not show: leave off .gz" my.db -o my.jsonl.gz
[ ! -e my.jsonl.gz ] || fail "a file that is named as a compressed one was written"
shell plain.db <<<"CREATE TABLE plain (a);"
refused "has no temporal tables" plain.db
refused "cursor '1:0123456789abcdef' is not of this database's commit 1" my.db --since 1:0123456789abcdef
refused "commit 99" my.db --since 99
shell my.db <<<"INSERT INTO item (id, name) VALUES (20, 'late');"
exec 3>held.jsonl
flock -n 3
refused "another feeder writes to held.jsonl" my.db -o held.jsonl
exec 3>&-

# One connection waits while another one commits.
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD" ASAN_OPTIONS=detect_leaks=0} "$python" - "${module%.so}" <<'PYTHON' || fail "a waiting connection is not woken"
import sqlite3, sys, threading
def connect():
    db = sqlite3.connect("my.db", isolation_level=None, timeout=60, check_same_thread=False)
    db.enable_load_extension(True)
    db.load_extension(sys.argv[1])
    return db
one, other = connect(), connect()
last = one.execute("SELECT spectradb_commit()").fetchone()[0]
told = []
thread = threading.Thread(target=lambda: told.append(one.execute("SELECT spectradb_wait(?, 100)", (last,)).fetchone()[0]))
thread.start()
other.execute("INSERT INTO item (id, name) VALUES (30, 'wake')")
thread.join()
assert told == [last + 1], told
thread = threading.Thread(target=lambda: told.append(one.execute("SELECT spectradb_wait(?, 0.01)", (last + 1,)).fetchone()[0]))
thread.start()
thread.join()
assert told[1:] == [None], told
def interrupted():
    try: one.execute("SELECT spectradb_wait(?, 1000)", (last + 1,)).fetchone()
    except sqlite3.OperationalError as error: told.append(str(error))
thread = threading.Thread(target=interrupted)
thread.start()
while thread.is_alive():
    one.interrupt()
    thread.join(0.01)
assert told[2:] == ["interrupted"], told
# Who commits with a rollback journal keeps readers out meanwhile. Here it does so step by step, as the other connection begins statements
# of its own behind the first look, so that the second look is kept out.
assert one.execute("PRAGMA journal_mode").fetchone() == ("delete",)
one.execute("PRAGMA busy_timeout = 0")
steps = ["BEGIN EXCLUSIVE", "INSERT INTO item (id, name) VALUES (31, 'kept out')", "COMMIT"]
begun = []
def begins(text):
    has_looked = any("ORDER BY commit_no DESC" in before for before in begun)
    begun.append(text)
    if has_looked and steps: other.execute(steps.pop(0))
one.set_trace_callback(begins)
assert one.execute("SELECT spectradb_wait(?, 100)", (last + 1,)).fetchone() == (last + 2,), begun
assert not steps, begun
PYTHON

# Killed again and again, and its servers with it.
feeder="env ${SPECTRADB_TEST_PRELOAD:+LD_PRELOAD=$SPECTRADB_TEST_PRELOAD ASAN_OPTIONS=detect_leaks=0} PYTHONDONTWRITEBYTECODE=1 $python $tools/spectradb-feed --extension $module"
kills() {
  mkdir "$1" && (cd "$1" && env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD" ASAN_OPTIONS=detect_leaks=0} feeder="$feeder" \
    "$python" "$tests/feed/kills.py" "$module" "$tools/spectradb-feed" "$1" "$seed")
}
tests=$(dirname "$tools")/tests
kills file
if command -v redis-server >/dev/null && "$python" -c 'import redis' 2>/dev/null; then
  kills redis
else
  echo "Redis is left out: redis-server and python3-redis cannot be had here"
fi
if command -v nats-server >/dev/null && "$python" -c 'import ctypes; ctypes.CDLL("libnats.so.3.4")' 2>/dev/null; then
  kills nats
else
  echo "NATS is left out: nats-server and libnats3.4 cannot be had here"
fi

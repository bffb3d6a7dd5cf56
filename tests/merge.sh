#!/usr/bin/env bash
# tools/spectradb-merge: histories that interleave become one, in which each commit is what it was, at its time; and what cannot
# be one is refused by name, and leaves nothing. usage: merge.sh MODULE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/tool.sh"  # begins in a folder of its own
merge() { run_tool spectradb-merge "$@"; }
refused() {  # WORDS ARGUMENT …
  local words=$1 said
  shift
  if said=$(merge "$@" 2>&1); then fail "there is a merge of: $*"; fi
  [[ $said == *"$words"* ]] || fail "merge $*: $said"
  [ ! -e none.db ] && [ ! -e none.db-spectra ] || fail "a refused merge has left something"
}
answers() {  # DATABASE QUESTION ANSWER
  local said
  said=$(shell "$1" <<<"$2")
  [ "$said" = "$3" ] || fail "$1: $2 gives $said, not $3"
}

tables="CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, part BLOB) WITH SYSTEM VERSIONING;
CREATE INDEX item_by_name ON item (name);
CREATE TABLE unit (name TEXT PRIMARY KEY); INSERT INTO unit VALUES ('kg');
CREATE VIEW named AS SELECT name FROM item;"
at() { printf "BEGIN; SELECT 1 WHERE spectradb_system_time('%s') IS NULL; %s; COMMIT;\n" "$1" "$2"; }

{
  echo "$tables CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, v) WITH SYSTEM VERSIONING; CREATE TABLE plain (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO plain VALUES (9);"
  at '2026-01-01' "INSERT INTO item VALUES (1, 'it''s' || char(10) || 'tea', x'00ff')"
  at '2026-01-03 10:00' "UPDATE item SET name = 'BEGIN;' WHERE id = 1; INSERT INTO log (v) VALUES ('COMMIT;')"
  at '2026-01-05' "DELETE FROM item WHERE id = 1"
  echo "SELECT length(spectradb_consumer('mailer', 2));"
} | shell a.db >/dev/null
{
  echo "$tables"
  at '2026-01-02' "SELECT 1 WHERE spectradb_annotate('author', 'ann') IS NULL; INSERT INTO item VALUES (2, 'mint', NULL) VALID FROM '2025-01-01' TO '2027-01-01'"
  at '2026-01-03 10:00' "UPDATE item FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET name = 'sage'"
  at '2026-01-03 10:00:00.000002' "CREATE TABLE gone (a) WITH SYSTEM VERSIONING; INSERT INTO gone VALUES (1)"
  echo "DROP TABLE gone; CREATE TABLE own (a) WITH SYSTEM VERSIONING;"
  at '2026-01-06' "INSERT INTO own VALUES (1.5)"
} | shell b.db >/dev/null
sum=$(cat a.db b.db | sha256sum)
merge a.db b.db -o c.db >said
grep -qx 'written: c.db, 7 commits' said || fail "$(cat said)"
grep -qx 'a.db: 1 consumers are left out' said || fail "$(cat said)"
[ "$sum" = "$(cat a.db b.db | sha256sum)" ] || fail "a source was changed"

answers c.db "SELECT commit_no, committed_at, notes ->> '\$.imported' FROM spectradb_commits ORDER BY 1;" "1|2026-01-01|a.db, commit 1
2|2026-01-02|b.db, commit 1
3|2026-01-03 10:00:00|a.db, commit 2
4|2026-01-03 10:00:00.000001|b.db, commit 2, at 2026-01-03 10:00:00
5|2026-01-03 10:00:00.000002|b.db, commit 3
6|2026-01-05|a.db, commit 3
7|2026-01-06|b.db, commit 4"
answers c.db "SELECT notes ->> '\$.author' FROM spectradb_commits WHERE commit_no = 2; SELECT spectradb_check(); SELECT * FROM unit; SELECT count(*) FROM named; SELECT seq FROM sqlite_sequence WHERE name = 'plain'; SELECT a FROM own;" "ann
ok
kg
1
9
1.5"
# Each database's own facts are told in the merged one as in itself.
facts="c.committed_at, operation, key, row, before, _valid_from, _valid_to"
for one in a b; do
  shell $one.db <<<"SELECT $facts FROM spectradb_changes('item') c ORDER BY commit_no, _ordinal;" | sed 's/^2026-01-03 10:00:00.000001/2026-01-03 10:00:00/' >$one.facts
  [ -s $one.facts ] || fail "$one.db tells nothing"
  shell c.db <<<"SELECT $facts FROM spectradb_changes('item') c JOIN spectradb_commits m ON m.commit_no = c.commit_no WHERE m.notes ->> '\$.imported' LIKE '$one.db%' ORDER BY c.commit_no, _ordinal;" |
    sed 's/^2026-01-03 10:00:00.000001/2026-01-03 10:00:00/' >$one.merged
  cmp $one.facts $one.merged || fail "facts of $one.db: $(diff $one.facts $one.merged)"
done

# What cannot be one is named.
refused "c.db exists" a.db b.db -o c.db
refused "two databases" a.db -o none.db
refused "there is no database nowhere.db" a.db nowhere.db -o none.db
echo "this is no database, and too long a text to be taken for an empty one" >text.db
refused "text.db: " a.db text.db -o none.db
{ echo "$tables"; at '2026-02-01' "INSERT INTO item VALUES (2, 'rue', NULL)"; } | shell same.db >/dev/null
refused "both b.db and same.db have written the key 2 of table item" b.db same.db -o none.db
merge b.db same.db -o later.db --same-keys later >/dev/null
answers later.db "SELECT name FROM item WHERE id = 2; SELECT name FROM item AS OF 2 VALID AT '2026-01-15';" "rue
mint"
echo "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING;" | shell other.db
refused "item is not the same in a.db and other.db" a.db other.db -o none.db
echo "CREATE TABLE unit (name TEXT PRIMARY KEY); INSERT INTO unit VALUES ('lb');" | shell rows.db
refused "the ordinary table unit has other rows in rows.db than in a.db" a.db rows.db -o none.db
{ echo "CREATE TABLE brief (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;"; for i in 1 2 3; do echo "INSERT OR REPLACE INTO brief VALUES (1, $i);"; done
  echo "SELECT spectradb_retire('brief', 2);"; } | shell brief.db >/dev/null
refused "brief.db has a table whose history was retired" a.db brief.db -o none.db

# Nobody asked UNIQUE when the facts came together: of present values at one valid time it is asked once more.
one_and_two() {  # SCHEMA STATEMENTS STATEMENTS
  rm -rf one.db* two.db*
  { echo "$1"; at '2026-03-01' "$2"; } | shell one.db >/dev/null
  { echo "$1"; at '2026-03-02' "$3"; } | shell two.db >/dev/null
}
tea="CREATE TABLE tea (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, land TEXT, UNIQUE (name, land)) WITH SYSTEM VERSIONING;"
one_and_two "$tea" "INSERT INTO tea VALUES (1, 'Assam', 'in')" "INSERT INTO tea VALUES (2, 'assam', 'in')"
refused "two rows of table tea have the same name, land, which is UNIQUE: assam, in" one.db two.db -o none.db
one_and_two "$tea" "INSERT INTO tea VALUES (1, 'Assam', NULL), (3, 'Dian Hong', 'cn')" "INSERT INTO tea VALUES (2, 'Assam', NULL), (4, 'Dian Hong', 'CN')"
merge one.db two.db -o nulls.db >/dev/null
one_and_two "$tea" "INSERT INTO tea VALUES (1, 'Assam', 'in') VALID FROM '2026-01-01' TO '2026-02-01'" \
  "INSERT INTO tea VALUES (2, 'Assam', 'in') VALID FROM '2026-02-01' TO '2026-03-01'"
merge one.db two.db -o periods.db >/dev/null
one_and_two "$tea" "INSERT INTO tea VALUES (1, 'Assam', 'in') VALID FROM '2020-01-01' TO '2030-01-01'; INSERT INTO tea VALUES (3, 'Assam', 'in') VALID FROM '2021-01-01 10:00' TO '2031-01-01' ON CONFLICT DO NOTHING" \
  "INSERT INTO tea VALUES (2, 'Assam', 'in') VALID FROM '2029-12-31 23:59:59.5' TO '2040-01-01'"
refused "two rows of table tea have the same name, land" one.db two.db -o none.db
one_and_two "$tea" "INSERT INTO tea VALUES (1, 'Assam', 'in')" "INSERT INTO tea VALUES (2, 'Assam', 'in'); UPDATE tea SET land = 'ir'"
merge one.db two.db -o moved.db >/dev/null
visits="CREATE TABLE visit (id INTEGER PRIMARY KEY, who TEXT, ended TEXT) WITH SYSTEM VERSIONING;
CREATE UNIQUE INDEX one_open ON visit (lower(who) DESC) WHERE ended IS NULL;"
one_and_two "$visits" "INSERT INTO visit VALUES (1, 'ann', NULL)" "INSERT INTO visit VALUES (2, 'Ann', 'noon')"
merge one.db two.db -o visits.db >/dev/null
one_and_two "$visits" "INSERT INTO visit VALUES (1, 'ann', NULL)" "INSERT INTO visit VALUES (2, 'Ann', NULL)"
refused "two rows of table visit have the same an expression, which is UNIQUE (index one_open): ann" one.db two.db -o none.db
(export SPECTRADB_NO_HOOK=1; refused "which is UNIQUE (index one_open): ann" one.db two.db -o none.db)

# Keys are the same where they are to the store, under collations and as numbers; those that were deleted, too.
word() { echo "CREATE TABLE word (w TEXT COLLATE $1 PRIMARY KEY) WITH SYSTEM VERSIONING;"; }
one_and_two "$(word NOCASE)" "INSERT INTO word VALUES ('a')" "INSERT INTO word VALUES ('A')"
refused "have written the key a of table word" one.db two.db -o none.db
one_and_two "$(word RTRIM)" "INSERT INTO word VALUES ('a')" "INSERT INTO word VALUES ('a  ')"
shell one.db <<<"DELETE FROM word;"
refused "of table word" one.db two.db -o none.db
one_and_two "$(word RTRIM)" "INSERT INTO word VALUES ('a')" "INSERT INTO word VALUES ('A'), (' a')"
merge one.db two.db -o words.db >/dev/null
pair="CREATE TABLE pair (n, b TEXT, a TEXT COLLATE NOCASE, PRIMARY KEY (a, n)) WITH SYSTEM VERSIONING;"
one_and_two "$pair" "INSERT INTO pair (a, n) VALUES ('x', 1)" "INSERT INTO pair (a, n) VALUES ('X', 1.0)"
refused 'have written the key ["x",1' one.db two.db -o none.db
(export SPECTRADB_NO_HOOK=1; refused 'have written the key ["x",1' one.db two.db -o none.db)
one_and_two "$pair" "INSERT INTO pair (a, n) VALUES ('x', 'y'), ('x', '1')" "INSERT INTO pair (a, n) VALUES ('x', 'Y'), ('x', 1)"
shell one.db <<<"SELECT spectradb_erase('pair', json_array('x', 'y'), 'asked to');" >/dev/null
merge one.db two.db -o pairs.db >/dev/null

# What a commit was before it came into its file is kept.
note="CREATE TABLE note (a PRIMARY KEY) WITH SYSTEM VERSIONING;"
one_and_two "$note" "SELECT 1 WHERE spectradb_annotate('imported', 'it''s, 1') IS NULL; INSERT INTO note VALUES (1)" "INSERT INTO note VALUES (2)"
merge one.db two.db -o twice.db >/dev/null
{ echo "$note"; at '2026-03-03' "INSERT INTO note VALUES (3)"; } | shell three.db >/dev/null
merge twice.db three.db -o thrice.db >/dev/null
answers thrice.db "SELECT notes ->> '\$.imported' FROM spectradb_commits;" "twice.db, commit 1 (there: one.db, commit 1 (there: it's, 1))
twice.db, commit 2 (there: two.db, commit 1)
three.db, commit 1"

# Ordinary rows stand as they stood; words in them, in views and in triggers are theirs; names of triggers are their own.
words="CREATE TABLE plain (v); CREATE TABLE event (v) WITH SYSTEM VERSIONING; CREATE TABLE 'a b' (v);
CREATE VIEW said AS SELECT ' WHERE _define = ''' AS v, 'DELETE FROM \"event\" WHERE _define = ''CREATE INDEX x'';' AS w;
CREATE TRIGGER plain AFTER DELETE ON plain BEGIN SELECT ' WHERE _define = '''; END;
CREATE INDEX event_v ON event (v); CREATE UNIQUE INDEX plain_v ON plain (v);
INSERT INTO plain VALUES ('z WHERE _define = '''), ('spectradb_restore_commit(0,'), ('COMMIT;'), ('a');"
one_and_two "$words" "INSERT INTO event VALUES ('spectradb_restore_commit(0,')" "SELECT 1"
merge one.db two.db -o words2.db >/dev/null
answers words2.db "SELECT rowid, v FROM plain ORDER BY rowid; SELECT v FROM said; SELECT name FROM sqlite_master WHERE type = 'trigger'; SELECT v FROM event; SELECT indexes FROM spectradb_tables;" "1|z WHERE _define = '
2|spectradb_restore_commit(0,
3|COMMIT;
4|a
 WHERE _define = '
plain
spectradb_restore_commit(0,
event_v"

# Numbers of a whole file are those of the first one, and others are told.
shell one.db <<<"PRAGMA user_version = 5; PRAGMA application_id = 3;"
shell two.db <<<"PRAGMA user_version = 7; PRAGMA application_id = 3;"
merge one.db two.db -o settings.db >said
grep -qx 'two.db: user_version is 7 there; that of one.db is kept, 5' said || fail "$(cat said)"
if grep -q application_id said; then fail "$(cat said)"; fi
answers settings.db "PRAGMA user_version; PRAGMA application_id;" "5
3"
# A key that was erased in one of them is not given again.
for file in one two; do shell tickets_$file.db <<<"CREATE TABLE ticket (no INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT) WITH SYSTEM VERSIONING;"; done
shell tickets_one.db <<<"INSERT INTO ticket VALUES (1, 'a'), (7, 'b'); SELECT spectradb_erase('ticket', 7);" >/dev/null
shell tickets_two.db <<<"INSERT INTO ticket VALUES (2, 'c'), (4, 'd'); SELECT spectradb_erase('ticket', 4);" >/dev/null
merge tickets_one.db tickets_two.db -o tickets.db >/dev/null
answers tickets.db "VACUUM; INSERT INTO ticket (v) VALUES ('e'); SELECT no, v FROM ticket;" "1|a
2|c
8|e"
# Where a file keeps a ledger, what is made of it keeps one, whose entries have the digests of the files' own: a chain of chains.
for file in one two; do
  shell proven_$file.db <<<"CREATE TABLE $file (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; SELECT spectradb_ledger('on'); INSERT INTO $file VALUES (1, 'a'); UPDATE $file SET v = 'b';" >/dev/null
done
shell proven_none.db <<<"CREATE TABLE none (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO none VALUES (1);"
merge proven_one.db proven_two.db proven_none.db -o proven.db >/dev/null
digest_of() { shell "$1" <<<"SELECT spectradb_digest();"; }
answers proven.db "SELECT spectradb_verify(); SELECT group_concat(notes ->> '$.imported_digest', char(10)) FROM spectradb_commits; SELECT count(*) FROM spectradb_commits, (SELECT spectradb_digest(1) IS NOT NULL);" \
  "ok
proven_one.db, $(digest_of proven_one.db)
proven_two.db, $(digest_of proven_two.db)
5"
merge proven.db b.db -o proven_again.db >/dev/null
answers proven_again.db "SELECT count(*) FROM spectradb_commits WHERE notes ->> '$.imported_digest' = 'proven.db, $(digest_of proven.db)';" 1
merge proven_one.db b.db -o proven_both.db >/dev/null
merge proven_both.db proven_none.db -o proven_all.db >/dev/null
answers proven_all.db "SELECT count(*) FROM spectradb_commits WHERE notes ->> '$.imported_digest' = 'proven_both.db, $(digest_of proven_both.db) (there: proven_one.db, $(digest_of proven_one.db))';" 1
shell proven_two.db <<<"UPDATE _spectradb_recent SET time_us = time_us - 1000000 WHERE commit_no = 2;"
refused "the ledger of proven_two.db does not prove its history: commit 2 has another time" proven_one.db proven_two.db -o none.db
# Encrypted tables are merged as they are shown: who was shredded in each of them is in none, and who in one, comes from the other.
sealed() {  # DATABASE WHO …
  local file=$1
  shell "$file" <<<"CREATE TABLE member (id TEXT PRIMARY KEY, name TEXT) WITH SYSTEM VERSIONING (erase_by = id);" >/dev/null
  for who in "${@:2}"; do shell "$file" <<<"INSERT INTO member VALUES ('$who', 'Zaphodine of $file'); SELECT spectradb_shred('member', '$who') WHERE '$who' LIKE 's%';" >/dev/null; done
}
sealed here.db ann s1 s2
sealed there.db s2 bob
shell there.db <<<"INSERT INTO member VALUES ('s1', 'Zaphodine, known there');"
merge here.db there.db -o shredded.db >/dev/null
answers shredded.db "SELECT id, name FROM member FOR ALL SYSTEM_TIME ORDER BY id; SELECT spectradb_shred('member', 's1') + spectradb_shred('member', 'ann'); SELECT group_concat(id) FROM member FOR ALL SYSTEM_TIME; SELECT spectradb_check();" \
  "ann|Zaphodine of here.db
bob|Zaphodine of there.db
s1|Zaphodine, known there
2
bob
ok"
if grep -qr Zaphodine shredded.db*; then fail "a merged database has an encrypted value in the clear"; fi

echo "merged: $(wc -l <a.facts) and $(wc -l <b.facts) facts are told as before"

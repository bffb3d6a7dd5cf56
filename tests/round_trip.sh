#!/usr/bin/env bash
# A history that COPY … WITH (HISTORY) writes and reads again is the same to the byte, through each format: that of the world's
# currencies, and of a public repository where the data are (they lie outside the project). usage: round_trip.sh MODULE [DATA]
set -euo pipefail
module=$(realpath "$1")
data=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

shell() {  # DATABASE: runs standard input
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null "$work/$1" -cmd ".load '${module%.so}'"
}
fail() { echo "$*" >&2; exit 1; }

# Of what is read again, each commit has one note more, which says where it came from.
as_before() { sed -E 's/"_notes":"\{\\"imported\\":\\"[^"\\]*\\"\}"/"_notes":null/' "$1"; }

check() {  # TABLE DEFINITION: compares the history of the table in TABLE.db
  local table=$1 definition=$2 format facts commits
  for format in csv tsv jsonl; do echo "COPY $table TO '$work/$table.$format' WITH (HISTORY);"; done | shell "$table.db" >/dev/null
  facts=$(wc -l <"$work/$table.jsonl")
  commits=$(grep -oE '"_commit_no":[0-9]+' "$work/$table.jsonl" | uniq | wc -l)
  [ "$facts" -gt 500 ] && [ "$commits" -gt 5 ] || fail "$table has only $facts facts of $commits commits"
  for format in csv tsv jsonl; do
    printf '%s;\n' "$definition" "COPY $table FROM '$work/$table.$format' WITH (HISTORY)" "COPY $table TO '$work/$table.again' WITH (HISTORY, FORMAT jsonl)" |
      shell "$table-$format.db" >/dev/null
    cmp "$work/$table.jsonl" <(as_before "$work/$table.again") || fail "the history of $table is another one after $format"
    [ "$(grep -c '\\"imported\\"' "$work/$table.again")" -eq "$facts" ] || fail "commits of $table do not say where they came from"
    rm "$work/$table.again"
  done
  echo "$table: $facts facts of $commits commits go out and come in the same, as CSV, text and JSON lines"
}

{
  echo ".read demo/currencies/load.sql"
  for _ in $(seq 34 48); do echo ".read demo/currencies/load_release.sql"; done
} | shell money.db >/dev/null
check money "CREATE TABLE money (region TEXT, currency TEXT, legal_tender TEXT, PRIMARY KEY (region, currency)) WITH SYSTEM VERSIONING"

facts=$data/git_leveldb.facts.tsv
if [ -z "$data" ] || [ ! -e "$facts" ]; then
  echo "the history of a repository is not asked: its data are not there"
  exit 0
fi
files="CREATE TABLE files (path TEXT PRIMARY KEY, blob TEXT, mode TEXT) WITH SYSTEM VERSIONING"
{
  echo "$files; BEGIN;"
  awk -F'\t' -v q="'" 'NR > 1 {
    if (NR > 2 && $1 != commit) print "COMMIT; BEGIN;"
    commit = $1
    gsub(q, q q, $4)
    if ($3 == "P") print "INSERT OR REPLACE INTO files VALUES (" q $4 q ", " q $6 q ", " q $5 q ");"
    else print "DELETE FROM files WHERE path = " q $4 q ";"
  }' "$facts"
  echo "COMMIT;"
} | shell files.db
check files "$files"

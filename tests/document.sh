#!/usr/bin/env bash
# Runs the examples of a document: its ```sql blocks in their order on one new database in the stock shell.
# A ```text block after one says what that must print; each line of a ```sql fails block is a statement that
# must fail. usage: document.sh MODULE DOCUMENT
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
document=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"  # the examples write here

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null "$work/my.db" -cmd ".load '$module'"
}

# Each block becomes a file of its own, named for its place and kind.
awk -v work="$work" '
  /^```/ { if (inside) { close(file); inside = 0; next }
           kind = substr($0, 4); gsub(" ", "-", kind); inside = 1
           file = sprintf("%s/%04d.%s", work, ++count, kind == "" ? "grammar" : kind); printf "" >file; next }
  inside { print >file }' "$document"

blocks=0
failures=0
output=
for block in "$work"/[0-9]*; do
  case $block in
    *.sql)
      output=$(shell <"$block") || { echo "$document: fails:" >&2; cat "$block" >&2; exit 1; }
      blocks=$((blocks + 1))
      ;;
    *.text)
      diff <(printf '%s\n' "$output") "$block" >&2 || { echo "$document: ${block##*/} is not what is printed" >&2; exit 1; }
      ;;
    *.sql-fails)
      while IFS= read -r statement; do
        if shell <<<"$statement" >/dev/null 2>&1; then echo "$document: works: $statement" >&2; exit 1; fi
        failures=$((failures + 1))
      done <"$block"
      ;;
  esac
done
[ "$blocks" -gt 5 ] || { echo "found only $blocks blocks in $document" >&2; exit 1; }
echo "ran $blocks blocks, and $failures statements that fail"

#!/usr/bin/env bash
# Runs the examples of README.md as a reader would, in their order, in the stock shell on one new database: every ```sql block,
# then the ```python block. usage: readme.sh MODULE
set -euo pipefail
readme=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/README.md
module=${1%.so}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

blocks() { awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside { print } $0 == fence { inside = 1 }' "$readme"; }

blocks sql >examples.sql
count=$(grep -c ';' examples.sql)
[ "$count" -gt 15 ] || { echo "found only $count lines with statements in $readme" >&2; exit 1; }
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
  sqlite3 -batch -bail -init /dev/null my.db -cmd ".load '$module'" <examples.sql >output
grep -q '^10.0|2026-01-01|2026-06-01$' output  # the README gives these prices
echo "ran $count lines of SQL"

# Some Pythons are built without loadable extensions.
python=/usr/bin/python3
if [ -x "$python" ] && "$python" -c 'import sqlite3; sqlite3.Connection.enable_load_extension' 2>/dev/null; then
  blocks python | sed "s#build/module/spectradb#$module#" >example.py
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD" ASAN_OPTIONS=detect_leaks=0} "$python" example.py >output
  grep -q "evt-1.*signup" output
  echo "ran the Python example"
fi

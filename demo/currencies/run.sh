#!/usr/bin/env bash
# Shows the money of the world's countries, and what was believed of it when, with only the stock sqlite3
# shell and SQL. An argument names a module that is already built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ $# -eq 0 ]; then
  tools/build.sh module
  module=build/module/spectradb
else
  module=$1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
  echo ".load $module"
  echo ".read demo/currencies/load.sql"
  for _ in $(seq 34 48); do echo ".read demo/currencies/load_release.sql"; done
  echo ".read demo/currencies/questions.sql"
  echo ".mode list"
  echo ".print"
  echo ".read demo/currencies/check.sql"
} >"$work/script"
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
  sqlite3 -batch -bail -init /dev/null "$work/currencies.db" <"$work/script" | tee "$work/output"
grep -q '^15 of 15 releases read back exactly' "$work/output"

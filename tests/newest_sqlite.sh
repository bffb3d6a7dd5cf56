#!/usr/bin/env bash
# Runs random tests and .test files with the SQLite that npm's drivers carry, newer than the system's: what is compiled is the
# module of a build, and only the library is another. usage: newest_sqlite.sh [--yes] BUILD
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

yes=()
if [ "${1:-}" = --yes ]; then yes=(--yes); shift; fi
build=$(realpath "$1")
tools/install-packages.sh "${yes[@]}" --module doctest-dev
tools/wasm-sources.sh build/wasm-sources
library=$build/newest
mkdir -p "$library"
# As Debian's is built, as far as anything here depends on it.
cc -O1 -shared -fPIC -w -Wl,-soname,libsqlite3.so.0 -o "$library/libsqlite3.so.0" -DSQLITE_THREADSAFE=1 -DSQLITE_LIKE_DOESNT_MATCH_BLOBS \
  -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_ENABLE_DBSTAT_VTAB \
  -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK -DSQLITE_ENABLE_UNLOCK_NOTIFY build/wasm-sources/sqlite3/sqlite3.c -ldl -lm -lpthread
export LD_LIBRARY_PATH=$library

run() { # PROGRAM ARGUMENT …
  local program=$1
  shift
  "$build/tests/$program" "--extension=$build/spectradb.so" "$@" >"$library/out" 2>&1 || { cat "$library/out"; exit 1; }
  echo "$program: $(tail -n 1 "$library/out")"
}
seed=${SPECTRADB_SEED:-1}
for program in differential twins indexed full_text vector_index; do run "$program" "--seed=$seed" --seeds=10; done
run plans --seed=4 --seeds=10
run references --seeds=20
run kept_statements --rounds=5
run kept_statements --rounds=5 --memory=stale
run isolation

# These say what the system's SQLite says: other plans, 15 digits of a REAL, what it refuses, LIMIT behind UPDATE.
differing=' changes covering limited_writes ordinary_select ordinary_windows plans schema_functions vector_order '
files=0
for file in tests/sql/*.test; do
  name=$(basename "$file" .test)
  if [[ $differing == *" $name "* ]]; then continue; fi
  "$build/tests/sqltest" "--extension=$build/spectradb.so" "$file" >"$library/out" 2>&1 || { cat "$library/out"; exit 1; }
  files=$((files + 1))
done
echo "$files files of tests/sql"

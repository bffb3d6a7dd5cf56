#!/usr/bin/env bash
# Shows a day in an agent's life: a contradiction, a correction, and what the agent knew when, with only the
# stock sqlite3 shell and SQL. An argument names a module that is already built.
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

env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
  sqlite3 -batch -bail -init /dev/null -cmd ".load '$module'" "$work/memory.db" <demo/memory/day.sql | tee "$work/output"
grep -q 'Ann lives in Trondheim' "$work/output"
grep -q '│ noon *│ Ann lives in Bergen' "$work/output"

#!/usr/bin/env bash
# Shows two prompts, their scores, a corrected score, and which prompt was better as was known when, with
# only the stock sqlite3 shell and SQL. usage: run.sh [MODULE [PICTURE]]; a module is built first when none
# is given, and PICTURE becomes an SVG of a score.
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
picture=${2:-$work/scores.svg}

shell=(env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"}
  sqlite3 -batch -bail -init /dev/null -cmd ".load '$module'" "$work/experiment.db")
"${shell[@]}" <demo/experiment/scores.sql | tee "$work/output"
grep -Eq 'short prompt *│ 0.33 *│ 0.67' "$work/output"
grep -Eq 'long prompt *│ 0.67 *│ 0.33' "$work/output"
"${shell[@]}" "SELECT spectradb_plot('x_output', json_array('r2', 'q3'))" >"$picture"
grep -q '<svg' "$picture"

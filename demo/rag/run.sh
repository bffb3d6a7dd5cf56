#!/usr/bin/env bash
# Asks what a pipeline would have retrieved last Tuesday, with last month's embeddings, with only the stock
# sqlite3 shell and SQL. A first argument names a module that is already built, a second one the file that
# gets the picture; without it the picture is not kept, as demo/rag/answers.svg is the same.
set -euo pipefail
picture=${2:+$(realpath -m "$2")}
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if [ $# -eq 0 ]; then
  tools/build.sh module
  module=build/module/spectradb
else
  module=$1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
told=${picture:-demo/rag/answers.svg} picture=${picture:-$work/answers.svg}

cat >"$work/script" <<SCRIPT
.load ${module%.so}
.output $work/loaded
.read demo/rag/load.sql
.output
.read demo/rag/questions.sql
.output $picture
.read demo/rag/picture.sql
.output
SCRIPT
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
  sqlite3 -batch -bail -init /dev/null "$work/archive.db" <"$work/script" | tee "$work/output"
echo
echo "The two answers as a picture: $told"
grep -q '^│ 1 .*James Polk 1848: The extraordinary .*James Polk 1848: The accounts' "$work/output"
cmp demo/rag/answers.svg "$picture"  # the picture is the same everywhere

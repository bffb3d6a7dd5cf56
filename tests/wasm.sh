#!/usr/bin/env bash
# Builds WebAssembly with Debian's Emscripten, and runs it under Node: the unit tests of lsm, temporal and sql, its interface,
# and the quickstart, which answers as the module does; databases go from one to the other. Where Debian's Chromium can be had
# the page of demo/browser is used, too.
# usage: wasm.sh [--yes] MODULE
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

yes=()
if [ "${1:-}" = --yes ]; then yes=(--yes); shift; fi
module=$(realpath "$1")
tools/wasm-build.sh "${yes[@]}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shell=(sqlite3 -batch -init /dev/null -bail)
in_wasm=(node tests/wasm/run_sql.mjs build/wasm)

echo "Unit tests under Node"
NODE_PATH=/usr/share/nodejs cmake --build --preset wasm --target lsm_test temporal_test sql_test >"$work/build" || { cat "$work/build"; exit 1; }
# There are no locks, links and threads there, and so no store in a directory that others have open, too.
without=*/file_system_test.cc,*/posix_files_test.cc,*/version_list_test.cc,*/store_thread_test.cc
for tests in sql/sql_test temporal/temporal_test lsm/lsm_test; do
  SPECTRADB_CONFIGURATION_SEEDS=4 SPECTRADB_ROWS_GAMES=2 node --no-experimental-fetch build/wasm/$tests.js --no-colors=true \
    --source-file-exclude="$without" >"$work/unit" || { cat "$work/unit"; exit 1; }
  grep -E '^\[doctest\] test cases:' "$work/unit"
done

echo "The interface under Node"
SPECTRADB_WASM=build/wasm node --test tests/wasm/interface.test.mjs >"$work/interface" || { cat "$work/interface"; exit 1; }
grep -E '^# (tests|pass|fail) ' "$work/interface"

echo "The quickstart answers as the module does, and databases go both ways"
"${shell[@]}" "$work/module.db" -cmd ".load $module" <demo/quickstart.sql >"$work/module.out"
"${in_wasm[@]}" demo/quickstart.sql "$work/wasm.db" >"$work/wasm.out"
diff "$work/module.out" "$work/wasm.out"
cat >"$work/more.sql" <<'SQL'
SELECT spectradb_check(), spectradb_config('storage');
SELECT pk, doc FROM events FOR SYSTEM_TIME ALL ORDER BY pk;
SELECT doc FROM events WHERE pk = 'evt-1' AS OF 1;
INSERT INTO events (pk, doc) VALUES ('evt-4', '{"type":"login","user":"bob"}');
SELECT count(*) FROM events;
SELECT count(*) FROM events AS OF 3;
SELECT spectradb_check();
SQL
"${in_wasm[@]}" "$work/more.sql" "$work/grown.db" "$work/module.db" >"$work/wasm.out"
"${shell[@]}" "$work/wasm.db" -cmd ".load $module" <"$work/more.sql" >"$work/module.out"
diff "$work/module.out" "$work/wasm.out"
[ "$(head -n 1 "$work/wasm.out")" = 'ok|rows' ]
[ "$("${shell[@]}" "$work/grown.db" -cmd ".load $module" "SELECT count(*), spectradb_check() FROM events")" = '4|ok' ]
[ "$("${in_wasm[@]}" <(echo 'SELECT count(*), spectradb_check() FROM events') '' "$work/wasm.db")" = '4|ok' ]
echo "$(wc -l <"$work/wasm.out") lines are the same"

echo "Files of tests/sql"
node tests/wasm/sql_files.mjs build/wasm tests/sql/*.test

if ! tools/install-packages.sh "${yes[@]}" --module chromium; then
  echo "Debian's Chromium cannot be had here: the page is not tested"
  exit 0
fi
echo "The page in Chromium"
demo/browser/build.sh "$work/browser" >/dev/null
mkdir "$work/npm"
(cd "$work/npm" && echo '{ "private": true }' >package.json &&
  npm install --silent --no-audit --no-fund --ignore-scripts playwright-core@1.64.1)
node tests/wasm/browser.mjs "$work/browser" "$work/npm/node_modules/playwright-core/index.mjs"

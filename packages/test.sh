#!/usr/bin/env bash
# Installs the packages that packages/build.sh made into empty folders, as a user would, and runs the tests there.
# usage: packages/test.sh [--build MODULE | --packages FOLDER] [PART …]
#   --build MODULE   builds them first, of that module
#   core       the package spectradb on Node 22.13 and 24                   (seconds)
#   hosts      its load() in Bun and libsql
#   mappers    Kysely, Knex, Drizzle, TypeORM
#   stores     Keyv's, abstract-level's and LangGraph's own suites           (minutes)
#   python     the wheel, with Debian's Python; APSW, aiosqlite, Django and SQLAlchemy
#   pandas     pandas and sqlite-utils with the wheel: large packages of Debian's
#   mcp        the server
# Without a PART all of them. Needs Debian's packages and npm's registry; what it takes from there is pinned here.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

NODE_NEW=node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')@24.22.3
NODE_OLD=${NODE_NEW%@*}@22.13.0
TYPES=(typescript@5.9.3 @types/node@24.19.4)

packages=$root/build/packages
module=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --build) module=$(realpath "$2"); shift ;;
    --packages) packages=$(realpath "$2"); shift ;;
    -*) sed -n '2,12s/^# //p' "$0" >&2; exit 1 ;;
    *) parts+=("$1") ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(core hosts mappers stores python pandas mcp)
unset SPECTRADB_MODULE

for program in node npm; do
  command -v "$program" >/dev/null || { echo "there is no $program: the test is left out"; exit 77; }
done
npm view is-number@7.0.0 version >/dev/null 2>&1 || { echo "npm's registry cannot be reached: the test is left out"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$module" ]; then
  packages=$work/packages
  "$root/packages/build.sh" --module "$module" "$packages"
fi
cpu=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
passed=0

# No package may run a script when it is installed, not even one of this project.
install() { # FOLDER PACKAGE…: an empty folder, our packages and others
  mkdir -p "$work/$1"
  cd "$work/$1"
  shift
  echo '{ "private": true }' >package.json
  npm install --silent --no-audit --no-fund --ignore-scripts "$packages"/spectradb-linux-"$cpu"-[0-9]*.tgz "$packages"/spectradb-[0-9]*.tgz "$@" >npm.log 2>&1 ||
    { tail -n 20 npm.log >&2; exit 1; }
}

node_of() { # PACKAGE: the binary that npm has
  local place=$work/tools/${1//[@.]/-}
  if [ ! -d "$place" ]; then
    mkdir -p "$place"
    (cd "$place" && echo '{ "private": true }' >package.json && npm install --silent --no-audit --no-fund --ignore-scripts "$1" >/dev/null 2>&1)
  fi
  echo "$place/node_modules/${1%@*}/bin/node"
}

count() { # NAME LOG PATTERN: the number that the runner says, and that none failed
  local number
  number=$(sed 's/\x1b\[[0-9;]*m//g' "$2" | sed -n "s/$3/\1/p" | tail -n 1)
  [ -n "$number" ] || { tail -n 40 "$2" >&2; echo "$1: it said no number" >&2; exit 1; }
  echo "$1: $number passed"
  passed=$((passed + number))
}

run() { # LOG COMMAND…
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; exit 1; }
}

check_types() { # FOLDER CONFIG: what the compiler says of a program that uses the declarations
  cp -r "$root/packages/node/test/types" "$work/$1/types"
  run "$work/$1/log" "$(node_of "$NODE_NEW")" "$work/$1/node_modules/typescript/bin/tsc" -p "$work/$1/types/$2.json"
  echo "types, $1: 1 passed"
  passed=$((passed + 1))
}

test_core() {
  install core "${TYPES[@]}"
  cp -r "$root/packages/node/test/core" t
  for node in "$NODE_NEW" "$NODE_OLD"; do
    run log "$(node_of "$node")" --disable-warning=ExperimentalWarning --test --test-reporter=spec --test-force-exit t/*.test.mjs
    count "core, ${node#*@}" log '.* pass \([0-9]*\)$'
  done
  check_types core tsconfig
  # Runs the example of the package's page, and the measurement that the page shows, of which only the run
  # counts here.
  SPECTRADB_MODULE=$work/core/node_modules/spectradb-linux-$cpu/spectradb.so \
    run log "$(node_of "$NODE_NEW")" --disable-warning=ExperimentalWarning "$root/packages/node/bench/repeated.mjs" 1
  sed -n '/^```js$/,/^```$/p' "$root/packages/node/README.md" | sed '/^```/d' >readme.mjs
  run log "$(node_of "$NODE_NEW")" --disable-warning=ExperimentalWarning readme.mjs
}

test_hosts() {
  install hosts "@oven/bun-linux-$cpu@1.4.5" libsql@0.5.29
  cp "$root/packages/node/test/hosts/load.mjs" .
  run log "node_modules/@oven/bun-linux-$cpu/bin/bun" load.mjs
  count "Bun" log '^pass \([0-9]*\)$'
  run log "$(node_of "$NODE_NEW")" --disable-warning=ExperimentalWarning load.mjs
  count "libsql" log '^pass \([0-9]*\)$'
}

test_mappers() {
  install mappers better-sqlite3@13.2.0 kysely@0.29.9 knex@3.3.0 drizzle-orm@0.45.4 reflect-metadata@0.2 --legacy-peer-deps typeorm@1.1.1 "${TYPES[@]}"
  check_types mappers mappers
  cp -r "$root/packages/node/test/mappers" t
  run log "$(node_of "$NODE_NEW")" --disable-warning=ExperimentalWarning --test --test-reporter=spec --test-timeout=60000 --test-force-exit t/*.test.mjs
  count "Kysely, Knex, Drizzle, TypeORM" log '.* pass \([0-9]*\)$'
}

test_stores() {
  install stores keyv@5.6.0 @keyv/test-suite@2.1.2 vitest@4.1.12 abstract-level@3.1.1 tape@5 \
    @langchain/langgraph-checkpoint@1.2.2 @langchain/langgraph-checkpoint-validation@1.1.1 @langchain/core@1 "${TYPES[@]}"
  check_types stores stores
  cp -r "$root/packages/node/test/stores" t
  cd t
  local node
  node=$(node_of "$NODE_NEW")
  run log "$node" level.cjs
  count "abstract-level" log '^# pass  *\([0-9]*\)$'
  for suite in keyv langgraph.test langgraph_store langgraph_bytes; do
    CI=true run log "$node" ../node_modules/vitest/vitest.mjs run "$suite"
    grep -ao '[0-9]* steps: .*' log || true
    count "${suite%.test}" log '^ *Tests  *\([0-9]*\) passed.*'
  done
}

run_python() { # NAME PYTHON TEST
  run log "$2" "$root/packages/python/test/$3.py"
  count "$1" log '^Ran \([0-9]*\) tests\{0,1\} in .*'
}

make_venv() { # FOLDER WHEEL: with Debian's packages, and the wheel
  /usr/bin/python3 -m venv --system-site-packages "$1"
  "$1/bin/pip" --disable-pip-version-check install --quiet --no-index "$2"
}

test_python() {
  mkdir -p "$work/python"
  cd "$work/python"
  "$root/tools/install-packages.sh" python3-venv python3-apsw python3-aiosqlite python3-django python3-sqlalchemy
  local wheel
  wheel=$(ls "$packages"/spectradb-*_"$(uname -m)".whl)
  /usr/bin/python3 -m venv alone
  alone/bin/pip --disable-pip-version-check install --quiet --no-index "$wheel"
  run_python "Debian's Python" alone/bin/python test_core
  sed -n '/^```python$/,/^```$/p' "$root/packages/python/README.md" | sed '/^```/d' >readme.py
  run log alone/bin/python readme.py
  # Another Python on the path, such as pyenv's, is often built without enable_load_extension().
  if ! python3 -c 'import sqlite3; sqlite3.Connection.enable_load_extension' 2>/dev/null; then
    PYTHONPATH=$(echo alone/lib/python3*/site-packages) run_python "$(python3 -c 'import sys; print("Python", sys.version.split()[0])') without enable_load_extension" \
      python3 test_core
  fi
  make_venv with "$wheel"
  run_python "APSW, aiosqlite" with/bin/python test_others
  run_python Django with/bin/python test_django
  run_python SQLAlchemy with/bin/python test_sqlalchemy
}

test_pandas() {
  mkdir -p "$work/pandas"
  cd "$work/pandas"
  "$root/tools/install-packages.sh" python3-venv python3-pandas sqlite-utils
  make_venv with "$(ls "$packages"/spectradb-*_"$(uname -m)".whl)"
  run_python "pandas, sqlite-utils" with/bin/python test_pandas
}

test_mcp() {
  install mcp "$packages"/spectradb-mcp-*.tgz @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/conformance@0.2.0-alpha.12 \
    @modelcontextprotocol/inspector@0.15.0
  cp -r "$root/packages/mcp/test" t
  cd t
  local node database
  node=$(node_of "$NODE_NEW")
  run log "$node" --disable-warning=ExperimentalWarning --test --test-reporter=spec --test-timeout=60000 --test-force-exit server.test.mjs
  count "MCP server" log '.* pass \([0-9]*\)$'
  run log ./conformance.sh "$node"
  sed 's/^/MCP conformance, /' log
  passed=$((passed + $(awk '{ sum += $2 } END { print sum }' log)))
  database=$("$node" --disable-warning=ExperimentalWarning -e 'import("./common.mjs").then(({ makeDatabase }) => console.log(makeDatabase().file))')
  PATH=$(dirname "$node"):$PATH run log ../node_modules/.bin/mcp-inspector --cli ../node_modules/.bin/spectradb-mcp "$database" --method tools/call --tool-name query \
    --tool-arg "sql=SELECT price FROM prices AS OF 1 WHERE sku = 'a'"
  rm -rf "$(dirname "$database")"
  grep -q '\[\[10\]\]' log || { cat log >&2; exit 1; }
  echo "MCP inspector: 1 passed"
  passed=$((passed + 1))
  "$root/packages/bundle.sh" "$packages" "$work" >/dev/null
  cd "$work/mcp/t"
  /usr/bin/python3 -m zipfile -e "$work/spectradb-mcp.mcpb" "$work/bundle"
  SPECTRADB_BUNDLE=$work/bundle run log "$node" --disable-warning=ExperimentalWarning --test --test-reporter=spec --test-timeout=60000 --test-force-exit bundle.test.mjs
  count "MCP bundle" log '.* pass \([0-9]*\)$'
}

for part in "${parts[@]}"; do
  declare -F "test_$part" >/dev/null || { echo "there is no part $part" >&2; exit 1; }
  "test_$part"
done
echo "$passed passed, 0 failed"

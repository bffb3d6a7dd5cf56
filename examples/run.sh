#!/usr/bin/env bash
# Runs every example whose host is on this machine, and compares what it prints: all say the same.
# usage: run.sh MODULE [PROGRAM …]     the programs are those of the C examples, where they are built already
set -euo pipefail
module=$(realpath "$1")
shift
programs=("$@")
for i in "${!programs[@]}"; do programs[i]=$(realpath "${programs[i]}"); done
cd "$(dirname "${BASH_SOURCE[0]}")"
expected=$'now|80\nafter commit 1|100'
count=0

check() {
  local name=$1
  shift
  local printed
  printed=$(env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} "$@") || { echo "$name fails" >&2; exit 1; }
  [ "$printed" = "$expected" ] || { printf '%s prints:\n%s\n' "$name" "$printed" >&2; exit 1; }
  echo "$name: right"
  count=$((count + 1))
}

check shell.sh ./shell.sh "$module"
# Not every Python is built with loadable extensions, and not every system has APSW.
python=/usr/bin/python3
if [ -x "$python" ] && "$python" -c 'import sqlite3; sqlite3.Connection.enable_load_extension' 2>/dev/null; then
  check python.py "$python" python.py "$module"
  check unhooked.py "$python" unhooked.py "$module"
fi
if [ -x "$python" ] && "$python" -c 'import apsw' 2>/dev/null; then
  check apsw_example.py "$python" apsw_example.py "$module"
fi
if command -v node >/dev/null && node -e 'require("better-sqlite3")' 2>/dev/null; then
  check node.cjs node node.cjs "$module"
fi
for program in "${programs[@]}"; do check "${program##*/}" "$program" "$module"; done
echo "$count examples"

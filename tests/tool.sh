# What tests of tools/ in Python share; they source it with their own arguments, MODULE first. It ends them with 77 where there
# is no Python that loads extensions, and else goes to a new folder, which is removed at the end.
module=$(realpath "$1")
tools=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../tools")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python=/usr/bin/python3
if ! "$python" -c 'import sqlite3; sqlite3.Connection.enable_load_extension' 2>/dev/null; then
  echo "there is no Python that loads extensions of SQLite: $(basename "$0") is left out"
  exit 77
fi

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null "$1" -cmd ".load '${module%.so}'"
}
run_tool() {  # NAME ARGUMENT …
  local tool=$1
  shift
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD" ASAN_OPTIONS=detect_leaks=0} PYTHONDONTWRITEBYTECODE=1 \
    "$python" "$tools/$tool" --extension "$module" "$@"
}
fail() { echo "$*" >&2; exit 1; }

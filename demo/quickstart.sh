#!/usr/bin/env bash
# Runs the quickstart in the stock sqlite3 shell: builds the module, runs quickstart.sql statement by
# statement, then kills a shell that has just committed a fact, and shows that the fact is still there.
# usage: quickstart.sh [--yes | MODULE]; --yes installs missing packages without asking, MODULE is one that
# is already built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ $# -eq 0 ] || [ "$1" = --yes ]; then
  tools/build.sh "$@" module
  module=build/module/spectradb
else
  module=$1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
shell=(env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} sqlite3 -batch -init /dev/null -bail)

echo "-- $(sqlite3 --version | cut -d' ' -f1,2), the shell that came with the system; a new database"
"${shell[@]}" -echo "$work/my.db" -cmd ".load $module" <demo/quickstart.sql

echo
echo "-- kill -9 for a shell that has committed evt-4 and has evt-5 in an open transaction"
mkfifo "$work/in"
"${shell[@]}" "$work/my.db" -cmd ".load $module" <"$work/in" >"$work/out" &
child=$!
exec 3>"$work/in"
cat >&3 <<SQL
BEGIN;
INSERT INTO events (pk, doc) VALUES ('evt-4', '{"type":"signup","user":"carol"}');
COMMIT;
BEGIN;
INSERT INTO events (pk, doc) VALUES ('evt-5', '{"type":"purchase","user":"carol"}');
.shell touch "$work/ready"
SQL
until [ -e "$work/ready" ]; do
  if ! kill -0 "$child" 2>/dev/null; then echo "the shell ended early" >&2; exit 1; fi
  sleep 0.05
done
{ kill -9 "$child" && wait "$child"; } 2>/dev/null || true  # bash would report that the child was killed
exec 3>&-

echo "-- and opened again"
"${shell[@]}" -echo "$work/my.db" -cmd ".load $module" <<'SQL'
SELECT pk, doc FROM events ORDER BY pk;
SELECT doc FROM events WHERE pk='evt-1' AS OF 1;
SQL
left=$("${shell[@]}" "$work/my.db" -cmd ".load $module" "SELECT group_concat(pk, ' ') FROM (SELECT pk FROM events ORDER BY pk);")
if [ "$left" != "evt-1 evt-2 evt-3 evt-4" ]; then
  echo "wrong: evt-1 to evt-4 were committed, but the database has: $left" >&2
  exit 1
fi
echo "-- every committed fact is there, and nothing else"

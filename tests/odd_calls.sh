#!/usr/bin/env bash
# Calls every function and every table-valued function of the module with odd arguments, and with fewer than they take: each
# answers or says what is wrong, and the shell lives on. usage: odd_calls.sh MODULE
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"  # some of the calls write files

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} sqlite3 -batch -init /dev/null "$1" -cmd ".load '$module'"
}

shell :memory: >known <<'SQL'
SELECT 'f', name, narg FROM pragma_function_list WHERE name LIKE 'spectradb%' AND name <> 'spectradb_wait';
SELECT 't', name, 9 FROM pragma_module_list WHERE name LIKE 'spectradb%' AND name <> 'spectradb';
SQL
python3 - <<'PYTHON' >script.sql
VALUES = ["NULL", "''", "'t'", "'no such'", "x''", "x'00'", "x'7370656374726164623a206e6f20617267756d656e74'", "0", "-1", "9223372036854775807",
          "1e300", "'{\"a\": [1]}'", "'2026-01-01'", "'all'"]
print("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'x'); DELETE FROM t;")
for kind, name, count in sorted({tuple(line.split("|")) for line in open("known").read().split()}):
    places = int(count) if int(count) >= 0 else 4
    calls = {", ".join([value] * number) for value in VALUES for number in ([places] if kind == "f" and int(count) >= 0 else range(places + 1))}
    calls |= {", ".join(["'t'"] + [value] * (places - 1)) for value in VALUES if places > 1}
    calls |= {", ".join(["'t'", "1"] + [value] * (places - 2)) for value in VALUES if places > 2}
    bare = [name] if kind == "t" else []
    for call in bare + [f"{name}({arguments})" for arguments in sorted(calls)]:
        print(f".print {call[:150]}")
        print(f"SELECT count(*) FROM (SELECT * FROM {call} LIMIT 3);" if kind == "t" else f"SELECT typeof({call});")
PYTHON
code=0
shell calls.db <script.sql >out 2>&1 || code=$?
if [ "$code" -gt 1 ] || [ "$(grep -c '^spectradb' out)" -lt "$(grep -c '^.print' script.sql)" ]; then
  echo "The shell ended with code $code in" >&2
  tail -n 3 out >&2
  exit 1
fi
[ "$(wc -l <known)" -gt 100 ] || { echo "only $(wc -l <known) functions are known" >&2; exit 1; }
echo "$(grep -c '^.print' script.sql) calls of $(wc -l <known) functions and tables: the shell lives on"

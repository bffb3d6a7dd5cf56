#!/usr/bin/env bash
# Loads the history of a git repository, one transaction a commit, and proves that AS OF n is git's own list of
# files. usage: run.sh [REPOSITORY [MODULE]]; without arguments it takes the project's own repository, and builds a
# module first. It follows first parents, so that the history is a line, and needs only git, awk, bash and the stock
# sqlite3 shell.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
repository=$(cd "${1:-$here}" && pwd)
if [ $# -lt 2 ]; then
  (cd "$here" && tools/install-packages.sh --module git python3 && tools/build.sh module)
  module=$here/build/module/spectradb
else
  module=$2
fi
checks_max=200  # how many commits are compared with git: all, or so many that are evenly spread

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git=(git -C "$repository" -c core.quotepath=off)
shell=(env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} sqlite3 -batch -bail -init /dev/null
  "$work/history.db" -cmd ".load \"$module\"")

# The log has a line `commit SHA TIME`, then a line `:oldmode newmode oldblob newblob status<TAB>path` for
# each changed file. A path with unusual characters is in git's quotes, here as in ls-tree.
"${git[@]}" log --first-parent --reverse -m --root --raw -r --no-renames --no-abbrev --format='commit %H %cI' HEAD >"$work/log"

awk -F '\t' -f "$here/demo/time_machine/log_to_sql.awk" "$work/log" >"$work/load.sql"
"${shell[@]}" <"$work/load.sql" >/dev/null

"${shell[@]}" "SELECT n, sha, commit_no FROM commits ORDER BY n" >"$work/commits"
count=$(wc -l <"$work/commits")
step=$(((count + checks_max - 1) / checks_max))

# Asks the ledger for every file list that is to be compared, each into a file of its own.
mkdir "$work/ours" "$work/gits"
awk -F '|' -v step="$step" -v count="$count" -v dir="$work/ours" '
  NR % step == 0 || NR == count {
    printf ".output \"%s/%s\"\nSELECT mode || char(32) || blob || char(9) || path FROM files ORDER BY path AS OF %s;\n", dir, $2, $3
  }' "$work/commits" >"$work/ask.sql"
"${shell[@]}" <"$work/ask.sql"

equal=0
compared=0
for list in "$work"/ours/*; do
  sha=$(basename "$list")
  "${git[@]}" ls-tree -r "$sha" | sed -E 's/^([0-9]+) [a-z]+ /\1 /' | LC_ALL=C sort >"$work/gits/$sha"
  compared=$((compared + 1))
  if LC_ALL=C sort "$list" | cmp -s - "$work/gits/$sha"; then
    equal=$((equal + 1))
  else
    echo "AS OF differs from git ls-tree at $sha" >&2
  fi
done

"${shell[@]}" <<SQL
.mode box
SELECT (SELECT count(*) FROM commits) AS "git commits",
       spectradb_commit() AS "ledger commits",
       (SELECT count(*) FROM files FOR SYSTEM_TIME ALL) AS "file versions",
       (SELECT count(*) FROM files) AS "files now",
       $compared AS "lists compared",
       $equal AS "equal to git";
.print
.print 'The files that changed most, and when they came and last changed:'
SELECT path, versions, (SELECT substr(max(time), 1, 10) FROM commits WHERE commit_no = first) AS "came",
       (SELECT substr(max(time), 1, 10) FROM commits WHERE commit_no = last) AS "last changed"
  FROM (SELECT path, count(*) AS versions, min(_system_from) AS first, max(_system_from) AS last
          FROM files FOR SYSTEM_TIME ALL GROUP BY path)
 ORDER BY versions DESC, path LIMIT 5;
SQL
[ "$equal" -eq "$compared" ] && [ "$compared" -gt 0 ]

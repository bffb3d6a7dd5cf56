#!/usr/bin/env bash
# Installs the peers, builds, and measures: bench/run.sh [engine|sql|growth] [--check [--update]] [--quick] [--rounds=N] …
# or bench/run.sh kv [--write-ops N] [--read-ops N] [--keyspace N] [--read-miss-ratio X] …: the store alone, one row a commit; the knobs
# are in bench/engine/kv.cc.
# engine: the storage engine beside LevelDB and RocksDB. sql: temporal tables beside what else one does in SQLite. growth: the latter with more
# and more facts, and versions a key. All by default, and then docs/benchmarks.md and its charts are written anew, which a run of one part
# alone does not. --only=TEXT goes with one part.
# --check: a quick run that writes no report, but fails where a ratio is worse than the one stored in bench/ratios.json by more than the
# noise; with --update it stores them instead. Ratios first; one above 1 is to our advantage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build() {
  local generator=()
  if [ ! -e build/bench/CMakeCache.txt ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake --preset bench "${generator[@]}" --log-level=WARNING
  cmake --build --preset bench --parallel "$(nproc)" --target "$@"
}

parts=(engine sql growth)
case "${1:-}" in
  kv)
    shift
    tools/install-packages.sh
    build kv_bench
    exec build/bench/bench/kv_bench "$@"
    ;;
  engine | sql | growth) parts=("$1"); shift ;;
esac
check=() quick=() options=() partial=()
is_whole=$((${#parts[@]} == 3))
for argument in "$@"; do
  case "$argument" in
    --check | --update)
      check+=("$argument")
      if [ "$is_whole" -eq 1 ]; then parts=(engine sql); fi
      continue
      ;;
    --quick) quick=(--quick) ;;
    --only=* | --operation=*)
      if [ ${#parts[@]} -gt 1 ]; then echo "${argument%%=*} means different things to engine and sql; name one of them first" >&2; exit 2; fi
      partial=(--partial)
      ;;
  esac
  options+=("$argument")
done
case " ${check[*]} " in
  *" --check "*) if [ ${#quick[@]} -eq 0 ]; then options+=(--quick); fi ;;
  *" --update "*) echo "--update goes with --check" >&2; exit 2 ;;
esac
case " ${check[*]} " in
  *" --update "*) if [ "$is_whole" -eq 0 ]; then echo "--update stores whole runs only" >&2; exit 2; fi ;;
esac

tools/install-packages.sh libleveldb-dev librocksdb-dev
build spectradb engine_bench sql_bench
results=()
for part in "${parts[@]}"; do
  echo
  echo "## $part"
  file="build/bench/$part.json"
  case "$part" in
    engine) build/bench/bench/engine_bench --json="$file" "${options[@]}" ;;
    growth) python3 bench/growth.py --extension=build/bench/spectradb.so --json="$file" "${options[@]}" ;;
    sql) build/bench/bench/sql_bench --json="$file" --extension=build/bench/spectradb.so "${options[@]}" ;;
  esac
  results+=("$part=$file")
done

export PYTHONDONTWRITEBYTECODE=1
if [ ${#check[@]} -gt 0 ]; then
  update=()
  case " ${check[*]} " in *" --update "*) update=(--update) ;; esac
  python3 bench/check.py bench/ratios.json "${update[@]}" "${partial[@]}" "${results[@]}"
elif [ "$is_whole" -eq 1 ]; then
  python3 bench/write_report.py docs "${quick[@]}" "${results[@]}"
  echo
  echo "Written: docs/benchmarks.md"
fi

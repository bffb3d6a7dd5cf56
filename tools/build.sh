#!/usr/bin/env bash
# Configures and builds presets: tools/build.sh release [debug …]. Installs missing packages first. With SPECTRADB_UNITY=ON
# in the environment many sources are compiled at once, for who builds everything and then once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install-packages.sh
for preset in "$@"; do
  # A build directory keeps the generator that it was made with.
  generator=()
  if [ ! -e "build/$preset/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake --preset "$preset" "${generator[@]}" "-DSPECTRADB_UNITY=${SPECTRADB_UNITY:-OFF}" --log-level=WARNING
  echo "Building $preset"
  cmake --build --preset "$preset" --parallel "$(nproc)"
done

#!/usr/bin/env bash
# Configures and builds presets: tools/build.sh [--yes] release [debug …]. Installs missing packages first,
# and asks before it does (tools/install-packages.sh says when it does not ask).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=()
packages=()
for argument in "$@"; do
  case $argument in
    --yes) packages+=(--yes) ;;
    *) presets+=("$argument") ;;
  esac
done
if [ "${presets[*]}" = module ]; then packages+=(--module); fi
tools/install-packages.sh "${packages[@]}"

for preset in "${presets[@]}"; do
  # A build directory keeps the generator that it was made with.
  generator=()
  if [ ! -e "build/$preset/CMakeCache.txt" ] && command -v ninja >/dev/null; then generator=(-G Ninja); fi
  cmake --preset "$preset" "${generator[@]}" --log-level=WARNING
  echo "Building $preset"
  cmake --build --preset "$preset" --parallel "$(nproc)"
done

#!/usr/bin/env bash
# Makes packages of the module: tools/package.sh [--yes] deb. Builds the `module` preset first, and prints
# where the package is. Asks before it installs what building needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kind=
options=()
for argument in "$@"; do
  case $argument in
    --yes) options+=(--yes) ;;
    *) kind=$argument ;;
  esac
done
if [ "$kind" != deb ]; then
  echo "usage: tools/package.sh [--yes] deb" >&2
  exit 1
fi
tools/build.sh "${options[@]}" module
mkdir -p build/packages
(cd build/module && cpack -G DEB -B "$PWD/../packages" --config CPackConfig.cmake) >build/packages/cpack.log || {
  cat build/packages/cpack.log >&2
  exit 1
}
rm -rf build/packages/_CPack_Packages
ls build/packages/*.deb

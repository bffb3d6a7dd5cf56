#!/usr/bin/env bash
# Builds the module and the unit tests for 64-bit ARM with Debian's cross compiler, and runs them under qemu: the unit tests of
# lsm, temporal and sql, that all sums of vectors are equal, and the quickstart in ARM's own sqlite3 shell. usage: aarch64.sh [--yes]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install-packages.sh "$@" g++-aarch64-linux-gnu qemu-user
root=build/arm64-root
tools/arm64-root.sh "$root"
tools/build.sh "$@" aarch64

# Under qemu a few of the thousand random lives that lsm's tests run are enough.
export SPECTRADB_CONFIGURATION_SEEDS=4 SPECTRADB_ROWS_GAMES=2
echo "Unit tests under qemu"
ctest --preset aarch64 --parallel "$(nproc)" --timeout 900 -R '^((lsm|temporal|sql)/[a-z0-9_]+|vector_kernels)$' -E '^lsm/(store_fault|store_crash|store_damage)$'

echo "The quickstart under qemu"
mkdir -p build/aarch64/bin
cat >build/aarch64/bin/sqlite3 <<SHELL
#!/bin/sh
exec qemu-aarch64 -L '$PWD/$root' '$PWD/$root/usr/bin/sqlite3' "\$@"
SHELL
chmod +x build/aarch64/bin/sqlite3
PATH=$PWD/build/aarch64/bin:$PATH demo/quickstart.sh build/aarch64/spectradb >build/aarch64/quickstart.out
tail -n 1 build/aarch64/quickstart.out

#!/usr/bin/env bash
# Builds what users install, offline: the npm packages and the wheels, with the module inside.
# usage: packages/build.sh [--yes] [--module PATH] [--arm64 [PATH]] [--wasm] [OUTPUT]
#   --module PATH    the module for x86-64; without it the preset `module` is built
#   --arm64 [PATH]   the packages for 64-bit ARM, too; without a path the module is cross-compiled for them
#   --wasm           the package of WebAssembly, too, which needs npm's registry and Debian's Emscripten where it is not built yet
# They are in build/packages, or in OUTPUT.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

options=()
module=
arm64=
arm64_module=
wasm=
output=$root/build/packages
while [ $# -gt 0 ]; do
  case $1 in
    --yes) options+=(--yes) ;;
    --module) module=$(realpath "$2"); shift ;;
    --arm64)
      arm64=yes
      if [ -f "${2:-}" ]; then arm64_module=$(realpath "$2"); shift; fi
      ;;
    --wasm) wasm=yes ;;
    -*) sed -n '2,7s/^# //p' "$0" >&2; exit 1 ;;
    *) output=$(mkdir -p "$1" && realpath "$1") ;;
  esac
  shift
done
for program in node npm; do
  command -v "$program" >/dev/null || { echo "there is no $program, which makes the npm packages" >&2; exit 1; }
done
tools/install-packages.sh "${options[@]}" --module binutils python3-pip python3-setuptools python3-wheel python3-venv
version=$(sed -n 's/^project(spectradb VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
for file in packages/*/package.json packages/python/pyproject.toml; do
  grep -q "\"\?version\"\?[ :=]*\"$version\"" "$file" || { echo "$file does not have the version of CMakeLists.txt, $version" >&2; exit 1; }
done

if [ -z "$module" ]; then
  tools/build.sh "${options[@]}" module
  module=$root/build/module/spectradb.so
fi
if [ -n "$arm64" ] && [ -z "$arm64_module" ]; then
  tools/install-packages.sh "${options[@]}" g++-aarch64-linux-gnu
  tools/arm64-root.sh build/arm64-root
  cmake --preset module -B build/module-arm64 --toolchain tools/aarch64.cmake -G Ninja --log-level=WARNING
  cmake --build build/module-arm64 --parallel "$(nproc)" --target spectradb
  arm64_module=$root/build/module-arm64/spectradb.so
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$output"
rm -f "$output"/spectradb*.tgz "$output"/spectradb*.whl

# A package says truly where it runs: with glibc 2.28.
strip_module() { # FROM TO TOOLS: the prefix of its binutils
  "${3}strip" --strip-unneeded -o "$2" "$1"
  mkdir -p "$work/tools"
  ln -sf "$(command -v "${3}objdump")" "$work/tools/objdump"
  PATH=$work/tools:$PATH tests/symbols.sh "$2" >/dev/null
}

pack() { (cd "$1" && npm pack --silent --pack-destination "$output" >/dev/null); }

copy() { # FROM TO: what git knows, or would
  mkdir -p "$2"
  (cd "$1" && git ls-files --cached --others --exclude-standard -z . | xargs -0 cp --parents -t "$2")
}

package_platform() { # npm's cpu, Debian's cpu, MODULE, TOOLS
  local name=spectradb-linux-$1 place=$work/spectradb-linux-$1
  mkdir -p "$place"
  strip_module "$3" "$place/spectradb.so" "$4"
  cp LICENSE NOTICE "$place"
  cat >"$place/package.json" <<JSON
{
  "name": "$name",
  "version": "$version",
  "description": "The SpectraDB extension for SQLite, for Linux on $1: install the package spectradb",
  "license": "MIT",
  "os": ["linux"],
  "cpu": ["$1"],
  "libc": ["glibc"],
  "main": "./spectradb.so",
  "files": ["spectradb.so", "LICENSE", "NOTICE"]
}
JSON
  pack "$place"

  local wheel=$work/wheel-$1
  copy packages/python "$wheel"
  cp "$place/spectradb.so" "$wheel/spectradb/"
  cp LICENSE NOTICE "$wheel"
  (cd "$wheel" && SPECTRADB_PLATFORM=manylinux_2_28_$2 /usr/bin/python3 -m pip --disable-pip-version-check wheel --quiet --no-index --no-deps \
    --no-build-isolation --wheel-dir "$output" .)
}

package_platform x64 x86_64 "$module" ""
if [ -n "$arm64" ]; then package_platform arm64 aarch64 "$arm64_module" aarch64-linux-gnu-; fi

for package in node mcp; do
  [ -d "packages/$package" ] || continue
  copy "packages/$package" "$work/$package"
  cp LICENSE NOTICE "$work/$package"
  pack "$work/$package"
done
if [ -n "$wasm" ]; then
  [ -f build/wasm/spectradb.wasm ] || tools/wasm-build.sh "${options[@]}"
  mkdir "$work/wasm"
  cp packages/wasm/{package.json,README.md} packages/wasm/lib/spectradb.d.mts build/wasm/spectradb.{mjs,wasm} LICENSE NOTICE "$work/wasm"
  pack "$work/wasm"
fi
(cd "$output" && ls -l spectradb* | awk '{ print $5, $NF }')

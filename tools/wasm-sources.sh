#!/usr/bin/env bash
# Unpacks what a WebAssembly build compiles beside our own sources into a directory: tools/wasm-sources.sh DIRECTORY. SQLite's
# amalgamation and zstd come from packages of npm's that carry them (docs/wasm.md says why these), of one version and one
# hash, and none of their scripts runs; headers that are nothing but headers are the system's. Says nothing where the directory
# is complete.
set -euo pipefail
root=$(realpath -m "$1")
sqlite=better-sqlite3@12.11.1
sqlite_hash=ebf0ed75a7a59dbcb3b24bbd014ef49d9f15bc328e4adcbf516f2a8fadfa2835
zstd=fast-zstd@1.0.5
zstd_hash=3b79982802d76c9e5a522b13eef19f8a363e7290b1b842d7c936658368615222
headers=(/usr/include/xxhash.h /usr/include/rapidjson /usr/include/doctest)

state="$sqlite $sqlite_hash $zstd $zstd_hash"
if [ -e "$root/.complete" ] && [ "$(cat "$root/.complete")" = "$state" ]; then exit 0; fi
echo "Fetching the sources of SQLite and zstd"
rm -rf "$root"
mkdir -p "$root/npm" "$root/include"

unpack() { # PACKAGE HASH FOLDER
  local file
  file=$(cd "$root/npm" && npm pack --silent "$1" | tail -n 1)
  echo "$2  $root/npm/$file" | sha256sum --check --quiet
  tar --extract --gzip --file "$root/npm/$file" --directory "$root" --strip-components 2 "package/$3"
}
unpack "$sqlite" "$sqlite_hash" deps/sqlite3
unpack "$zstd" "$zstd_hash" vendor/zstd/lib
rm -r "$root/npm"
cp --recursive "${headers[@]}" "$root"/sqlite3/*.h "$root"/zstd/lib/*.h "$root/include/"
echo "$state" >"$root/.complete"

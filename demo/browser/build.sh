#!/usr/bin/env bash
# Puts the page and the WebAssembly build into one static folder, which any web server can give out (build/browser unless
# another is named). Builds WebAssembly first where it is not built. usage: build.sh [--yes] [FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

yes=()
if [ "${1:-}" = --yes ]; then yes=(--yes); shift; fi
folder=${1:-build/browser}
if [ ! -e build/wasm/spectradb.wasm ]; then tools/wasm-build.sh "${yes[@]}"; fi
mkdir -p "$folder"
cp demo/browser/index.html demo/browser/demo.mjs build/wasm/spectradb.mjs build/wasm/spectradb.wasm "$folder/"
echo "The page is in $folder: python3 -m http.server --directory $folder 8000, and open http://localhost:8000"

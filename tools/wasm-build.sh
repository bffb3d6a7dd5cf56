#!/usr/bin/env bash
# Builds build/wasm/spectradb.mjs and spectradb.wasm with Debian's Emscripten. Installs missing packages first; asks before it
# does (tools/install-packages.sh says when not). usage: wasm-build.sh [--yes]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install-packages.sh "$@" --module doctest-dev emscripten
tools/wasm-sources.sh build/wasm-sources
# Emscripten uses what Debian has of Node's modules, which a Node from elsewhere does not look for.
export NODE_PATH=/usr/share/nodejs
tools/build.sh "$@" wasm

#!/usr/bin/env bash
# Builds the unit tests of lsm, which has all the threads, with ThreadSanitizer, and runs those in which
# threads meet. usage: threads.sh [--yes]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/build.sh "$@" tsan
ctest --preset tsan --parallel "$(nproc)" --timeout 900 -R '^lsm/(version_list|store_thread|parallel_merge|store_takeover|block_cache)$'

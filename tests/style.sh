#!/usr/bin/env bash
# Checks that every source is formatted as .clang-format says. usage: style.sh [--yes]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install-packages.sh "$@" clang-format-14
mapfile -t sources < <(git ls-files '*.cc' '*.c' '*.h')
clang-format-14 --dry-run --Werror "${sources[@]}"
echo "${#sources[@]} sources are formatted as .clang-format says"

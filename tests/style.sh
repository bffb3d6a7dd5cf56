#!/usr/bin/env bash
# Checks that every source is formatted as .clang-format says, and that every script that names its interpreter can be run.
# usage: style.sh [--yes]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install-packages.sh "$@" clang-format-14
mapfile -t sources < <(git ls-files '*.cc' '*.c' '*.h')
clang-format-14 --dry-run --Werror "${sources[@]}"
echo "${#sources[@]} sources are formatted as .clang-format says"
mapfile -t scripts < <(git ls-files -s | awk '$1 == "100644" { sub(/^[^\t]*\t/, ""); print }' | while read -r file; do
  if [ -f "$file" ] && [ "$(head -c 2 "$file" | tr -d '\0')" = '#!' ]; then echo "$file"; fi
done)
if [ ${#scripts[@]} -gt 0 ]; then
  echo "not executable: ${scripts[*]} (git add --chmod=+x)" >&2
  exit 1
fi

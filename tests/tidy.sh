#!/usr/bin/env bash
# Reads the sources with clang-tidy by the rules of .clang-tidy, as many at a time as there are processors,
# in the unity build that fuzz/run.sh makes: tests/tidy.sh [folder …], such as base or sql; without a folder
# it reads base, lsm, temporal, sql and extension.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

rooms=("$@")
if [ ${#rooms[@]} -eq 0 ]; then rooms=(base lsm temporal sql extension); fi
tools/install-packages.sh clang-tidy-14
tools/build.sh fuzz >/dev/null

# Each line is one source, or one file that includes several. What the static library compiles is left out,
# because the module compiles the same.
sources=()
for room in "${rooms[@]}"; do
  mapfile -t -O ${#sources[@]} sources < <(python3 - "$room" <<'SCRIPT'
import json, os, sys

room, root = sys.argv[1], os.getcwd()
seen = set()
for entry in json.load(open('build/fuzz/compile_commands.json')):
    source = os.path.relpath(os.path.realpath(os.path.join(entry['directory'], entry['file'])), root)
    in_room = source.startswith(f'{room}/') or source.startswith(f'build/fuzz/{room}/')
    if in_room and 'spectradb_static' not in entry['command'] and '_test' not in source:
        seen.add(source)
print('\n'.join(sorted(seen)))
SCRIPT
  )
done
if [ ${#sources[@]} -eq 0 ]; then
  echo "There are no sources in: ${rooms[*]}" >&2
  exit 1
fi
pattern=$(printf '|%s' "${rooms[@]}")
printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 1 clang-tidy-14 -p build/fuzz --quiet --warnings-as-errors='*' \
  --checks='-bugprone-suspicious-include' --header-filter="$PWD/(${pattern:1})/.*" 2>/dev/null
echo "clang-tidy finds nothing in ${#sources[@]} units of: ${rooms[*]}"

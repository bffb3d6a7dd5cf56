#!/usr/bin/env bash
# Builds the static site of the README and docs/ with VitePress, and checks its links. Needs Node and npm's
# registry; ends with 77 where that cannot be reached. usage: site.sh [OUTPUT]; without it the site is in
# build/site. SPECTRADB_SITE_BASE=/path/ says where it is served below a path.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
output=$(mkdir -p "${1:-$root/build/site}" && realpath "${1:-$root/build/site}")
PACKAGES=(vitepress@1.6.4 vitepress-plugin-mermaid@2.0.17 mermaid@11.17.2)

for program in node npm; do
  command -v "$program" >/dev/null || { echo "there is no $program, which builds the site"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{ "private": true, "type": "module" }' >package.json
npm view is-number@7.0.0 version >/dev/null 2>&1 || { echo "npm's registry cannot be reached: the site is not built"; exit 77; }
npm install --loglevel=error --no-audit --no-fund --ignore-scripts "${PACKAGES[@]}" >log 2>&1 || { tail -n 20 log >&2; exit 1; }
python3 "$root/tools/site/stage.py" "$root" "$work/pages"
cp "$root/tools/site/config.mjs" pages/.vitepress/
node_modules/.bin/vitepress build pages --outDir "$output" >log 2>&1 || { tail -n 40 log >&2; exit 1; }
python3 "$root/tools/site/links.py" "$output" "${SPECTRADB_SITE_BASE:-/}"

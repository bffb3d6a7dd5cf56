#!/usr/bin/env bash
# Asks other systems the same questions: graphology about graphs, DuckDB about time series and COPY, PostgreSQL (PGlite) about
# COPY. They come from npm; where it cannot be reached, nothing is asked, and the script ends with 77. usage: oracles.sh MODULE [SEED]
set -euo pipefail
module=$(realpath "$1")
seed=${2:-$((RANDOM * 32768 + RANDOM))}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
packages=(@duckdb/node-api@1.5.6-r.1 @electric-sql/pglite@0.5.17 graphology@0.26.0 graphology-types@0.24.8 graphology-metrics@2.4.2 graphology-components@1.5.4
  graphology-shortest-path@2.1.0)
echo '{ "private": true }' >package.json
if ! command -v npm >/dev/null || ! npm install --loglevel=error --no-audit --no-fund --ignore-scripts "${packages[@]}" >log 2>&1; then
  echo "graphology, DuckDB and PostgreSQL are not asked: npm or its registry cannot be reached"
  exit 77
fi
cp "$here"/oracles/*.mjs .
echo "seed $seed"
for oracle in graphs series copies parquet postgres; do
  node "$oracle.mjs" "${module%.so}" "$seed"
done

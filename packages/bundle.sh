#!/usr/bin/env bash
# Makes spectradb-mcp.mcpb of the packages that packages/build.sh made: a bundle that desktop programs
# install with a click, with the server, what it depends on, and the module for each processor that was
# built. Needs npm's registry. usage: packages/bundle.sh [FOLDER [OUTPUT]]; the packages are in FOLDER, or
# in build/packages, and the bundle is written there, or to OUTPUT.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$(realpath "${1:-$root/build/packages}")
output=$(realpath "${2:-$packages}")
MCPB=@anthropic-ai/mcpb@2.1.2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install() { npm install --loglevel=error --no-audit --no-fund --ignore-scripts "$@" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }; }

mkdir -p "$work/bundle/server" "$work/tool"
cd "$work/bundle/server"
echo '{ "private": true }' >package.json
install --omit=optional "$packages"/spectradb-[0-9]*.tgz "$packages"/spectradb-mcp-[0-9]*.tgz
# npm leaves out packages for other processors, but the bundle is for all of them.
for package in "$packages"/spectradb-linux-*.tgz; do
  name=$(basename "$package" | sed 's/-[0-9][0-9.]*\.tgz$//')
  mkdir -p "node_modules/$name"
  tar -xzf "$package" -C "node_modules/$name" --strip-components=1
done
cp "$root/LICENSE" "$root/NOTICE" ..
# NOTICE names everything that is inside.
for package in node_modules/*/package.json node_modules/@*/*/package.json; do
  name=$(dirname "${package#node_modules/}")
  case $name in
    spectradb*) continue ;;
    @modelcontextprotocol/*) name=@modelcontextprotocol/ ;;
  esac
  grep -qF "$name" "$root/NOTICE" || { echo "NOTICE does not name $name, which is in the bundle" >&2; exit 1; }
done

# The manifest lists what the server itself says it can do.
cat >"$work/manifest.mjs" <<'JS'
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
const server = path.resolve('node_modules/spectradb-mcp');
const { RECALLING, REMEMBERING, TOOLS, WRITING } = await import(path.join(server, 'lib/tools.mjs'));
const { version, description, license, engines } = createRequire(import.meta.url)(path.join(server, 'package.json'));
const entry = 'server/node_modules/spectradb-mcp/bin/spectradb-mcp.mjs';
const manifest = {
  manifest_version: '0.3',
  name: 'spectradb-mcp',
  display_name: 'SpectraDB',
  version,
  description,
  author: { name: 'The SpectraDB authors' },
  license,
  server: {
    type: 'node',
    entry_point: entry,
    mcp_config: {
      command: 'node',
      args: [`\${__dirname}/${entry}`, '${user_config.database}'],
      env: { SPECTRADB_MCP_WRITE: '${user_config.write}', SPECTRADB_MCP_MEMORY: '${user_config.memory}' },
    },
  },
  tools: Object.entries({ ...TOOLS, ...RECALLING, ...REMEMBERING, ...WRITING }).map(([name, tool]) => ({ name, description: tool.description })),
  user_config: {
    database: { type: 'file', title: 'Database', description: 'A SQLite database with temporal tables', required: true },
    memory: { type: 'boolean', title: 'Let it remember', description: 'Whether facts may be remembered, in a table mem of the database', default: false },
    write: { type: 'boolean', title: 'Let it write', description: 'Whether rows may be written, too', default: false },
  },
  compatibility: { platforms: ['linux'], runtimes: { node: engines.node } },
};
fs.writeFileSync('../manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
JS
node "$work/manifest.mjs"

cd "$work/tool"
echo '{ "private": true }' >package.json
install "$MCPB"
node_modules/.bin/mcpb validate "$work/bundle/manifest.json" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
node_modules/.bin/mcpb pack "$work/bundle" "$output/spectradb-mcp.mcpb" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
(cd "$output" && ls -l spectradb-mcp.mcpb | awk '{ print $5, $NF }')

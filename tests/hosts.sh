#!/usr/bin/env bash
# Installs every host that Debian or npm has, and runs its example with the module: all print the same. The
# script says which host it cannot install; one that is installed must run. usage: hosts.sh MODULE
set -euo pipefail
module=$(realpath "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
expected=(shell.sh python.py unhooked.py c.c cpp.cc)

debian() { # PACKAGE… -- EXAMPLE…
  local packages=()
  while [ "$1" != -- ]; do packages+=("$1"); shift; done
  shift
  if "$root/tools/install-packages.sh" --yes "${packages[@]}" >"$work/log" 2>&1; then
    expected+=("$@")
  else
    echo "$*: left out, ${packages[*]} cannot be installed"
  fi
}
debian python3-apsw -- apsw_example.py
debian python3-pyodbc libsqliteodbc -- odbc.py
debian libdbd-sqlite3-perl -- perl.pl
debian ruby ruby-sqlite3 -- ruby.rb
debian tcl libsqlite3-tcl -- tcl.tcl
debian r-base-core r-cran-rsqlite -- r.R
debian php-cli php-sqlite3 -- php.php
debian openjdk-17-jdk-headless libxerial-sqlite-jdbc-java -- jdbc.java
debian pkg-config qtbase5-dev libqt5sql5-sqlite -- qt.cc
debian golang-go golang-github-mattn-go-sqlite3-dev -- go.go
debian cargo librust-rusqlite-dev -- rust.rs

# Packages of npm have the binaries of Node, Bun and Deno, because Debian's Node is older than node:sqlite.
cpu=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
npm_packages=("node-linux-$cpu@24.22.3" better-sqlite3@13.2.0 "@oven/bun-linux-$cpu@1.4.5" "@deno/linux-$cpu-glibc@2.9.6")
cd "$work"
echo '{ "private": true }' >package.json
if command -v npm >/dev/null && npm install --loglevel=error --no-audit --no-fund --ignore-scripts "${npm_packages[@]}" >log 2>&1; then
  ln -s "$root/packages/node" node_modules/spectradb
  mkdir bin
  ln -s "$work/node_modules/node-linux-$cpu/bin/node" "$work/node_modules/@oven/bun-linux-$cpu/bin/bun" "$work/node_modules/@deno/linux-$cpu-glibc/deno" bin/
  export PATH=$work/bin:$PATH NODE_PATH=$work/node_modules
  expected+=(node.cjs node_sqlite.cjs bun.mjs deno.mjs)
else
  echo "node.cjs node_sqlite.cjs bun.mjs deno.mjs: left out, npm or its registry cannot be reached"
fi

"$root/examples/run.sh" --compile "$module" | tee "$work/said"
for example in "${expected[@]}"; do
  grep -qx "$example: right" "$work/said" || { echo "$example: its host was installed, but it did not run" >&2; exit 1; }
done

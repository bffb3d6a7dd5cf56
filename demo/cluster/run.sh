#!/usr/bin/env bash
# A ledger on three nodes of dqlite, here three processes: the leader is killed among commits, and none is lost.
# An argument names a module that is built already. 77 where dqlite cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! tools/install-packages.sh --module python3 libdqlite-dev || ! [ -e /usr/include/dqlite.h ]; then
  echo "there is no libdqlite-dev here: the cluster is left out"
  exit 77
fi
if [ $# -eq 0 ]; then
  tools/build.sh module
  module=build/module/spectradb
else
  module=$1
fi
module=$(realpath "${module%.so}.so")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cc -Wall -Wextra -O1 demo/cluster/node.c -o "$work/node" -ldqlite -lsqlite3 -ldl
PYTHONDONTWRITEBYTECODE=1 timeout 280 python3 demo/cluster/cluster.py "$work/node" "$module" "$work"

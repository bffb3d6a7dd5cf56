#!/usr/bin/env bash
# Runs the official conformance suite against the server, for the newest revision of the protocol and the
# one before. Exactly the scenarios in expected-REVISION.yml must fail. usage: conformance.sh NODE (in a
# folder where everything is installed)
set -euo pipefail
node=$1
database=$("$node" --disable-warning=ExperimentalWarning -e 'import("./common.mjs").then(({ makeDatabase }) => console.log(makeDatabase().file))')
"$node" --disable-warning=ExperimentalWarning conformance_server.mjs "$database" >url &
server=$!
trap 'kill $server; rm -rf "$(dirname "$database")"' EXIT
for _ in $(seq 300); do if [ -s url ]; then break; fi; sleep 0.1; done
for revision in 2026-07-28 2025-11-25; do
  "$node" ../node_modules/@modelcontextprotocol/conformance/dist/index.js server --url "$(cat url)" --spec-version "$revision" \
    --expected-failures "expected-$revision.yml" >"log-$revision" 2>&1 || { tail -n 60 "log-$revision"; exit 1; }
  sed -n "s/^Total: /$revision: /p" "log-$revision"
done

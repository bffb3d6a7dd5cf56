#!/usr/bin/env bash
# The stock sqlite3 shell: .load the module, and temporal SQL works as it is. usage: shell.sh [MODULE]
set -euo pipefail
module=${1:-spectradb}  # a bare name is found where the module is installed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sqlite3 -batch -bail -init /dev/null "$work/my.db" -cmd ".load '${module%.so}'" <<'SQL'
CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING;
INSERT INTO accounts VALUES (1, 'alice', 100);          -- commit 1
UPDATE accounts SET balance = 80;                       -- commit 2
SELECT 'now', balance FROM accounts;
SELECT 'after commit 1', balance FROM accounts AS OF 1;
SQL

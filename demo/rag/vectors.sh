#!/usr/bin/env bash
# Writes the vectors of a file that make.mjs wrote, as int8 and as SQL. usage: vectors.sh MODULE
# VECTORS_JSONL
set -euo pipefail
sqlite3 -batch -bail -init /dev/null <<SQL
.load ${1%.so}
CREATE TABLE line (text TEXT);
.mode ascii
.separator "\037" "\n"
.import '$2' line
.mode list
SELECT printf('INSERT INTO vector VALUES (%Q, %d, %Q, %s);', text ->> '$.kind', text ->> '$.id', text ->> '$.space',
              quote(spectradb_vector_i8(text -> '$.e'))) FROM line;
SQL

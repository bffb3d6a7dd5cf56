#!/usr/bin/env bash
# Checks that searches through history answer with the same bits, whichever instructions make the sums.
# usage: vector_variants.sh VECTOR_INDEX VECTOR_KERNELS --extension=MODULE
set -euo pipefail
variants=$("$2" --list)
first=
for variant in $variants; do
  answers=$(SPECTRADB_TEST_VECTOR_KERNELS=$variant "$1" "$3" --seed=301 --seeds=6 | tail -n 1)
  echo "$variant: $answers"
  if [ "$answers" != "${first:=$answers}" ]; then
    echo "$variant gives other answers than the first one"
    exit 1
  fi
done

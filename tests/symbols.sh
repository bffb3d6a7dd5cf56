#!/usr/bin/env bash
# Checks what the module needs of the system that loads it, and what it exports: no symbol of a glibc newer
# than 2.28, no library except glibc's own, and no symbol of its own except the C interface. usage:
# symbols.sh MODULE
set -euo pipefail
export LC_ALL=C
module=$1
floor=2.28
status=0

symbols=$(objdump -T "$module")
newer=$(sed -n 's/^.*(\{0,1\}GLIBC_\([0-9.]*\))\{0,1\} *\([A-Za-z_0-9]*\)$/\1 \2/p' <<<"$symbols" | sort -u |
  while read -r version name; do
    if [ "$(printf '%s\n' "$floor" "$version" | sort -V | tail -n 1)" != "$floor" ]; then echo "$name@GLIBC_$version"; fi
  done)
if [ -n "$newer" ]; then
  echo "$module: needs symbols of a glibc newer than $floor; extension/older_glibc.c is the place to stand in for them:" >&2
  printf '  %s\n' $newer >&2
  status=1
fi

libraries=$(objdump -p "$module" | awk '$1 == "NEEDED" { print $2 }')
for library in $libraries; do
  case $library in
    libc.so.6 | libm.so.6 | libpthread.so.0 | libdl.so.2 | ld-linux-*.so.*) ;;
    *) echo "$module: needs $library" >&2; status=1 ;;
  esac
done

shown=$(awk '$1 ~ /^[0-9a-f]+$/ && !/\*UND\*/ && !/\*ABS\*/ { print $NF }' <<<"$symbols" | sort -u)
for name in $shown; do
  case $name in
    .*) ;;  # some linkers list sections
    sqlite3_spectradb_init | spectradb_prepare_v2 | spectradb_prepare_v3 | spectradb_exec | spectradb_rewrite | spectradb_on_commit | spectradb_has_connection) ;;
    *) echo "$module: shows $name" >&2; status=1 ;;
  esac
done
[ -n "$shown" ] || { echo "$module: shows no symbol: is it a module?" >&2; status=1; }

if [ "$status" -eq 0 ]; then
  newest=$(grep -o 'GLIBC_[0-9.]*' <<<"$symbols" | sort -uV | tail -n 1)
  echo "runs with ${newest/_/ } and newer; needs ${libraries//$'\n'/, }; shows ${shown//$'\n'/, }"
fi
exit "$status"

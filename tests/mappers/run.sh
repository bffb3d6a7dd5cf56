#!/usr/bin/env bash
# Runs what users of object mappers do on temporal tables, with each mapper that is installed from Debian's
# packages, and says which one is not. Exits with 77 where none is. usage: run.sh MODULE
set -euo pipefail
module=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")"
export PYTHONDONTWRITEBYTECODE=1

ran=0
run() {  # runs a script; the second argument fails where the script's mapper is not installed
  local script=$1
  shift
  if ! "$@" >/dev/null 2>&1; then
    echo "$script is left out: its mapper is not here"
    return
  fi
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} "$1" "$script" "$module"
  ran=$((ran + 1))
}

run django_project.py /usr/bin/python3 -c 'import django'
run sqlalchemy_models.py /usr/bin/python3 -c 'import sqlalchemy, alembic'
run peewee_models.py /usr/bin/python3 -c 'import peewee, playhouse'
run active_record.rb /usr/bin/ruby -rsqlite3 -ractive_record -e 'exit'
if [ $ran -eq 0 ]; then exit 77; fi

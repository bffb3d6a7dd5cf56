#!/usr/bin/env bash
# Runs every example whose host is on this machine, and compares what it prints with expected.txt: all say the same.
# usage: run.sh [--compile] MODULE [PROGRAM …]
#   --compile    also those that have to be compiled first: C, C++, Qt, Go, Rust
#   PROGRAM      an example that is compiled already
set -euo pipefail
is_compiling=
if [ "$1" = --compile ]; then is_compiling=yes; shift; fi
module=$(realpath "$1")
shift
programs=("$@")
for i in "${!programs[@]}"; do programs[i]=$(realpath "${programs[i]}"); done
cd "$(dirname "${BASH_SOURCE[0]}")"
examples=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

check() { # NAME COMMAND…
  local name=$1
  shift
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} "$@" >"$work/printed" || { echo "$name fails" >&2; exit 1; }
  diff expected.txt "$work/printed" >&2 || { echo "$name prints something else" >&2; exit 1; }
  echo "$name: right"
  count=$((count + 1))
}

try() { # NAME WHAT CONDITION COMMAND…: what the example needs, and whether it is there
  local name=$1 what=$2 condition=$3
  shift 3
  if (eval "$condition") >/dev/null 2>&1; then check "$name" "$@"; else echo "$name: left out, there is no $what"; fi
}

# Sanitizers' runtimes do not get on with virtual machines that handle signals themselves, nor with PHP's dlopen().
try_alone() {
  if [ -n "${SPECTRADB_TEST_PRELOAD:-}" ]; then echo "$1: left out under sanitizers"; else try "$@"; fi
}

compiled() { # NAME WHAT CONDITION COMPILER…: compiles the example to $work/NAME
  local name=$1 what=$2 condition=$3
  shift 3
  if ! (eval "$condition") >/dev/null 2>&1; then
    echo "$name: left out, there is no $what"
    return
  fi
  "$@" >"$work/log" 2>&1 || { tail -n 30 "$work/log" >&2; echo "$name does not compile" >&2; exit 1; }
  check "$name" "$work/$name" "$module"
}

check shell.sh ./shell.sh "$module"
# Not every Python is built with loadable extensions; Debian's is.
python=/usr/bin/python3
loading='import sqlite3; sqlite3.Connection.enable_load_extension'
try python.py "Python of Debian" "$python -c '$loading'" "$python" python.py "$module"
try unhooked.py "Python of Debian" "$python -c '$loading'" "$python" unhooked.py "$module"
try apsw_example.py python3-apsw "$python -c 'import apsw'" "$python" apsw_example.py "$module"
try odbc.py "python3-pyodbc or libsqliteodbc" "$python -c 'import pyodbc' && ls /usr/lib/*/odbc/libsqlite3odbc.so" "$python" odbc.py "$module"
try perl.pl libdbd-sqlite3-perl '/usr/bin/perl -MDBD::SQLite -e 1' /usr/bin/perl perl.pl "$module"
try ruby.rb ruby-sqlite3 "/usr/bin/ruby -e 'require \"sqlite3\"'" /usr/bin/ruby ruby.rb "$module"
try tcl.tcl libsqlite3-tcl "echo 'if {[catch {package require sqlite3}]} {exit 1}' | /usr/bin/tclsh" /usr/bin/tclsh tcl.tcl "$module"
try r.R r-cran-rsqlite "/usr/bin/Rscript -e 'library(RSQLite)'" /usr/bin/Rscript r.R "$module"
try_alone php.php php-sqlite3 "/usr/bin/php -r 'exit(class_exists(\"SQLite3\") ? 0 : 1);'" \
  /usr/bin/php -d "sqlite3.extension_dir=$(dirname "$module")" php.php "$module"
java=/usr/share/java/sqlite-jdbc.jar
try_alone jdbc.java "libxerial-sqlite-jdbc-java or compiler of Java" "test -f $java && command -v javac" java -cp "$java" jdbc.java "$module"
try_alone node.cjs "better-sqlite3" "node -e 'new (require(\"better-sqlite3\"))(\":memory:\")'" node node.cjs "$module"
try_alone node_sqlite.cjs "package spectradb, or Node 22.13" "node -e 'require(\"node:sqlite\"); require(\"spectradb\")'" \
  node --disable-warning=ExperimentalWarning node_sqlite.cjs "$module"
try_alone bun.mjs Bun 'bun --version' bun bun.mjs "$module"
try_alone deno.mjs Deno 'deno --version' deno run --quiet --allow-all deno.mjs "$module"

if [ -n "$is_compiling" ]; then
  compiled c.c "compiler of C" 'command -v cc' cc c.c -lsqlite3 -o "$work/c.c"
  compiled cpp.cc "compiler of C++" 'command -v c++' c++ -std=c++17 cpp.cc -lsqlite3 -o "$work/cpp.cc"
  # shellcheck disable=SC2046
  compiled qt.cc qtbase5-dev 'pkg-config --exists Qt5Sql && ls /usr/lib/*/qt5/plugins/sqldrivers/libqsqlite.so' \
    c++ -fPIC qt.cc $(pkg-config --cflags --libs Qt5Sql sqlite3 2>/dev/null || true) -ldl -o "$work/qt.cc"
  go=/usr/share/gocode/src/github.com/mattn/go-sqlite3
  compiled go.go golang-github-mattn-go-sqlite3-dev "command -v go && test -d $go" \
    env GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/go" GOFLAGS= go build -tags libsqlite3 -o "$work/go.go" go.go
  crates=/usr/share/cargo/registry
  mkdir -p "$work/rust/.cargo"
  printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "%s"\n' "$crates" >"$work/rust/.cargo/config.toml"
  cat >"$work/rust/Cargo.toml" <<TOML
[package]
name = "accounts"
version = "0.1.0"
edition = "2021"
[[bin]]
name = "accounts"
path = "$examples/rust.rs"
[dependencies]
rusqlite = { version = "0.28", features = ["load_extension"] }
TOML
  compiled rust.rs "cargo or librust-rusqlite-dev" "command -v cargo && ls -d $crates/rusqlite-0.28*" \
    bash -c "cd '$work/rust' && CARGO_HOME='$work/cargo' cargo build --quiet --offline --target-dir target && cp target/debug/accounts '$work/rust.rs'"
fi
for program in "${programs[@]}"; do check "${program##*/}" "$program" "$module"; done
echo "$count examples"

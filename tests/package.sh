#!/usr/bin/env bash
# Checks the Debian package of a build: which files it has, and that a bare `.load spectradb` works where
# only it and sqlite3 are installed. usage: package.sh BUILD_DIRECTORY
set -euo pipefail
build=$(realpath "$1")
for program in cpack dpkg-deb sqlite3 unshare; do
  command -v "$program" >/dev/null || { echo "there is no $program: the test is left out"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack -G DEB -B "$work/packages" --config CPackConfig.cmake) >"$work/log" || { cat "$work/log" >&2; exit 1; }
deb=$(ls "$work"/packages/*.deb)

root=$work/root
dpkg-deb -x "$deb" "$root"
dpkg-deb -f "$deb" Package Depends
for pattern in 'usr/lib*/*spectradb.so' 'usr/include/spectradb.h' 'usr/lib*/*spectradb.pc' 'usr/share/man/man7/spectradb.7' usr/bin/spectradb-{feed,merge}; do
  find "$root" -path "$root/$pattern" | grep -q . || { echo "the package has no $pattern" >&2; exit 1; }
done
if find "$root" -name '*.a' | grep -q .; then echo "the package has static libraries" >&2; exit 1; fi
if command -v man >/dev/null; then man -l --warnings -Tutf8 "$root/usr/share/man/man7/spectradb.7" 2>&1 >/dev/null | (! grep .); fi
if command -v pkg-config >/dev/null; then
  PKG_CONFIG_PATH=$(dirname "$(find "$root" -name spectradb.pc)") pkg-config --libs spectradb | grep -q -- '-l:spectradb.so'
fi

# This root has the shell and the libraries that it needs; of others it has only those of libc6, on which
# the package depends.
shell=$(command -v sqlite3)
module=$(find "$root" -name spectradb.so)
for file in "$shell" $(ldd "$shell" "$module" | grep '=>\|ld-linux' | grep -o '/[^ ]*\.so[^ ]*'); do
  mkdir -p "$root$(dirname "$file")"
  cp -L "$file" "$root$file"
done
mkdir -p "$root/tmp"
inside=(unshare --map-root-user)
[ "$(id -u)" -ne 0 ] || inside=()
if ! "${inside[@]}" chroot "$root" "$shell" -version >/dev/null 2>&1; then
  echo "this system lets nobody enter another root: loading there is left out"
  exit 0
fi
answer=$("${inside[@]}" chroot "$root" "$shell" -batch -bail /tmp/my.db -cmd '.load spectradb' <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;
INSERT INTO t VALUES (1, 'first');
UPDATE t SET v = 'second';
SELECT v FROM t AS OF 1;
SELECT spectradb_check();
SQL
)
[ "$answer" = "$(printf 'first\nok')" ] || { echo "in a clean root the shell says: $answer" >&2; exit 1; }
echo "a bare .load spectradb works in a root that has nothing else"

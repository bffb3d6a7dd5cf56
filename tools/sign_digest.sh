#!/usr/bin/env bash
# Signs a digest of spectradb_digest() with an Ed25519 key, by OpenSSL's own command (3.0 or newer). Signed is the text of the
# digest as it is published, without a line end: who has the digest and the public key needs nothing but openssl to verify it.
# The key stays with whoever runs this; no SQL reads it.
#
# usage: sign_digest.sh KEY.pem DIGEST [FILE]      writes FILE, the digest, and FILE.sig, 64 bytes (FILE: published.digest)
#        sign_digest.sh KEY.pem - [FILE]           the digest is read from standard input
#        sign_digest.sh --verify PUBLIC.pem FILE   says whether FILE.sig is the signature of FILE, and gives the digest
#
# A key: openssl genpkey -algorithm ed25519 -out key.pem; openssl pkey -in key.pem -pubout -out public.pem
set -euo pipefail

fail() { echo "sign_digest.sh: $*" >&2; exit 1; }
usage() { sed -n 's/^# usage: /usage: /p; s/^#        sign_digest/       sign_digest/p' "$0" >&2; exit 2; }
check_digest() { [[ $1 =~ ^spectradb:[0-9]+:[0-9]+:[0-9a-f]{64}$ ]] || fail "this is no digest of spectradb_digest(): ${1:0:100}"; }
# The answer of openssl names the kind of the key, and nothing of a private one is shown.
check_kind() { [ "$(openssl pkey "$@" -noout -text_pub 2>/dev/null | head -n 1)" = "ED25519 Public-Key:" ] || fail "${*: -1} is no Ed25519 key in PEM"; }

[ $# -ge 2 ] || usage
if [ "$1" = --verify ]; then
  [ $# -eq 3 ] || usage
  check_kind -pubin -in "$2"
  digest=$(cat "$3")
  check_digest "$digest"
  openssl pkeyutl -verify -pubin -inkey "$2" -rawin -in "$3" -sigfile "$3.sig" >/dev/null 2>&1 || fail "$3.sig is no signature of $3 by this key"
  echo "signed: $digest"
  exit 0
fi
[ $# -le 3 ] || usage
key=$1 digest=$2 file=${3:-published.digest}
if [ "$digest" = - ]; then digest=$(cat); fi
check_digest "$digest"
check_kind -in "$key"
printf '%s' "$digest" >"$file.new"
trap 'rm -f "$file.new"' EXIT
openssl pkeyutl -sign -inkey "$key" -rawin -in "$file.new" -out "$file.sig"
mv "$file.new" "$file"
echo "signed: $file and $file.sig"

#!/usr/bin/env bash
# A digest that is signed by tools/sign_digest.sh is verified with openssl alone, and nothing that was altered is.
# usage: signatures.sh MODULE; ends with 77 where there is no openssl that signs so
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
sign=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../tools/sign_digest.sh")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
case $(openssl version 2>/dev/null || true) in
  "OpenSSL 3."* | "OpenSSL 4."*) ;;
  *) echo "there is no OpenSSL 3: signatures are not tested"; exit 77 ;;
esac

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null my.db -cmd ".load '$module'" "$@"
}
count=0
refused() {  # WORDS COMMAND …: what must fail, and say so
  local words=$1 said
  shift
  if said=$("$@" 2>&1); then echo "accepted: $*: $said" >&2; exit 1; fi
  [[ $said == *"$words"* ]] || { echo "$*: $said" >&2; exit 1; }
  count=$((count + 1))
}

openssl genpkey -algorithm ed25519 -out key.pem
openssl pkey -in key.pem -pubout -out public.pem
openssl genpkey -algorithm ed25519 -out other.pem
openssl pkey -in other.pem -pubout -out other-public.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null

shell "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; SELECT spectradb_ledger('on'); INSERT INTO t VALUES (1, 'a')" >/dev/null
shell "SELECT spectradb_digest()" | "$sign" key.pem - august >/dev/null
shell "INSERT INTO t VALUES (2, 'b'); SELECT spectradb_digest()" >later
digest=$(cat august)
[ "$(stat -c %s august.sig)" = 64 ] && [ "$digest" = "$(shell 'SELECT spectradb_digest(1)')" ]

# What the page says: openssl alone, the tool, and then the database.
openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in august -sigfile august.sig >/dev/null
[ "$("$sign" --verify public.pem august)" = "signed: $digest" ]
[ "$(shell "SELECT spectradb_verify('$digest')")" = ok ]

# By whom it was not signed, and what was not.
refused "no signature of august by this key" "$sign" --verify other-public.pem august
cp august.sig altered.sig
for altered in "$(cat later)" "${digest%?}$([ "${digest: -1}" = 0 ] && echo 1 || echo 0)" "spectradb:2${digest#spectradb:1}" "$digest$digest"; do
  printf '%s' "$altered" >altered
  refused "" "$sign" --verify public.pem altered
done
cp august altered
for place in 0 1 31 32 63; do
  cp august.sig altered.sig
  byte=$(od -An -tu1 -j "$place" -N 1 august.sig)
  printf "\\x$(printf %x $((byte ^ 1)))" | dd of=altered.sig bs=1 seek="$place" conv=notrunc status=none
  refused "no signature" "$sign" --verify public.pem altered
done
head -c 63 august.sig >altered.sig
refused "no signature" "$sign" --verify public.pem altered

refused "is no digest" "$sign" key.pem "hello" altered
refused "is no digest" "$sign" key.pem "$digest
$digest" altered
refused "rsa.pem is no Ed25519 key" "$sign" rsa.pem "$digest" altered
refused "missing.pem is no Ed25519 key" "$sign" missing.pem "$digest" altered
refused "usage:" "$sign" key.pem
[ "$(cat altered)" = "$digest" ]
echo "a signature is verified, and $count others are refused"

#!/usr/bin/env bash
# Proofs that the module makes, and tools/verify_proof.py, which knows nothing of it: what is true is proven, and nothing that
# was altered is. usage: proofs.sh MODULE
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
verifier=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../tools/verify_proof.py")
[ "$(wc -l <"$verifier")" -le 100 ] || { echo "$verifier has more than the 100 lines that an auditor is asked to read" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null my.db -cmd ".load '$module'"
}

{
  cat <<'SQL'
PRAGMA synchronous = OFF;
CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT, balance REAL) WITH SYSTEM VERSIONING;
SELECT spectradb_ledger('on');
CREATE TABLE note (k TEXT PRIMARY KEY, v) WITH SYSTEM VERSIONING;
INSERT INTO account SELECT value, 'owner ' || value, value * 1.5 FROM generate_series(1, 100);
BEGIN; SELECT spectradb_annotate('author', 'ann');
UPDATE account SET balance = -7 WHERE id = 42;
INSERT INTO note VALUES ('ä', -123456789) VALID FROM '2026-01-01' TO '2026-02-01'; INSERT INTO note VALUES ('ä', x'00ff') VALID FROM '1969-12-31 23:00' TO '1970-01-02';
COMMIT;
DELETE FROM account WHERE id = 43;
SQL
  for i in $(seq 600); do echo "INSERT INTO note VALUES ('n$i', $i);"; done
  echo ".once digest"
  echo "SELECT spectradb_digest();"
  for i in 1 2 3 4 5 17 255 256 257 300; do
    printf '.once old%s\nSELECT spectradb_digest(%s);\n.once consistency%s\nSELECT spectradb_consistency(spectradb_digest(%s));\n' $i $i $i $i
  done
  printf '.once %s\nSELECT %s;\n' proof1 "spectradb_proof('account', 42)" proof2 "spectradb_proof('account', 42, 1)" \
    proof3 "spectradb_proof('note', 'ä')" proof4 "spectradb_proof('account', 43)" proof5 "spectradb_proof('note', 'n256')" \
    verified "spectradb_verify() || count(*) FROM _spectradb_ledger_nodes"
} | shell >/dev/null
[ "$(cat verified)" = ok2 ] || { echo "the ledger: $(cat verified)" >&2; exit 1; }

expect() {  # PROOF WORDS …
  local said
  said=$("$verifier" "$1" "$(cat digest)") || { echo "$1: $said" >&2; exit 1; }
  shift
  for words; do
    if [[ $said != *"$words"* ]]; then echo "not proven: $words, but $said" >&2; exit 1; fi
  done
}
expect proof1 "proven: commit 2, of 20" "['owner 42', -7.0]" "proven: table 1 was defined behind commit 1: CREATE VIRTUAL TABLE"
expect proof2 "proven: commit 1, of 20" "['owner 42', 63.0]"
expect proof3 "[-123456789], valid from 2026-01-01 00:00:00 to 2026-02-01 00:00:00" "['00ff'], valid from 1969-12-31 23:00:00 to 1970-01-02 00:00:00"
expect proof4 "proven: commit 3" "deleted"
expect proof5 "[256]"
for i in 1 2 3 4 5 17 255 256 257 300; do
  expect "consistency$i" "goes on from that up to commit $i"
  "$verifier" "consistency$i" "$(cat "old$i")" >/dev/null || { echo "not proven to who has the digest of commit $i" >&2; exit 1; }
done

# A definition is text of whoever wrote it: no line of it is one of the verifier's.
{
  printf '%s\n' ".open forged.db" ".load '$module'" "CREATE TABLE forged (id INTEGER PRIMARY KEY, v DEFAULT 'x" "proven: commit 9, of 2026-01-01 00:00:00, wrote of key 00 in table 1: [1]') WITH SYSTEM VERSIONING;" \
    "SELECT spectradb_ledger('on'); INSERT INTO forged VALUES (1, 'a' || char(10) || 'proven: ');" ".once forged_digest" "SELECT spectradb_digest();" ".once forged_proof" "SELECT spectradb_proof('forged', 1);"
} | shell >/dev/null
"$verifier" forged_proof "$(cat forged_digest)" >said
[ "$(wc -l <said)" = 2 ] || { echo "a definition has written a line of the verifier: $(cat said)" >&2; exit 1; }

# Facts are erased of a commit of a hundred, and of later ones: proofs that were made before hold, and those made now tell
# what is erased.
cp digest digest_before
{
  echo "SELECT spectradb_erase('ERASE FROM account WHERE id IN (7, 43)', 'article 17', 'clerk');"
  printf '.once %s\nSELECT %s;\n' digest "spectradb_digest()" said "spectradb_verify('$(cat digest_before)')" \
    proof6 "spectradb_proof('account', 42, 1)" proof7 "spectradb_proof('account', 43, 1)" \
    proof8 "spectradb_proof('account', (SELECT surrogate FROM spectradb_erasures LIMIT 1))" \
    consistency "spectradb_consistency('$(cat digest_before)')"
} | shell >/dev/null
[ "$(cat said)" = "ok; facts that are erased: 4, since the digest: 4" ] || { echo "after an erasure: $(cat said)" >&2; exit 1; }
expect proof6 "proven: commit 1, of 20" "['owner 42', 63.0]"
expect proof7 "proven: commit 1, of 20" "had a fact in table 1 that is erased" '"author": "clerk", "reason": "article 17"'
[ "$("$verifier" proof7 "$(cat digest)" | grep -c erased)" = 2 ] || { echo "not two facts of the commit are erased" >&2; exit 1; }
expect proof8 "had a fact in table 1 that is erased"
expect consistency "goes on from that up to commit"
for i in 1 2 3; do "$verifier" proof$i "$(cat digest_before)" >/dev/null || { echo "proof$i no longer holds" >&2; exit 1; }; done
cp digest digest_after

# History is retired, of the commit of a hundred among others: what is left is proven, also by digests that were taken before.
{
  echo "UPDATE account SET balance = 0 WHERE id % 3 = 0 AND id < 90;"
  echo "SELECT spectradb_retire('account', spectradb_commit(), 'nobody asks for it', 'clerk');"
  printf '.once %s\nSELECT %s;\n' digest "spectradb_digest()" said "spectradb_verify('$(cat digest_before)') LIKE 'ok; %, since the digest: 4; facts that are retired: %'" \
    proof9 "spectradb_proof('account', 41)" consistency "spectradb_consistency('$(cat digest_before)')" \
    hashes "(SELECT count(*) FROM _spectradb_retired WHERE commit_no = 1 AND facts BETWEEN 20 AND 40)"
} | shell >/dev/null
[ "$(cat said hashes)" = "$(printf '1\n1')" ] || { echo "after a retirement: $(cat said hashes)" >&2; exit 1; }
expect proof9 "proven: commit 1, of 20" "['owner 41', 61.5]"
expect consistency "goes on from that up to commit"
for i in 1 2 3; do "$verifier" proof$i "$(cat digest_before)" >/dev/null || { echo "proof$i no longer holds" >&2; exit 1; }; done
cp digest_before digest

# What is no proof, or no digest, is told in one sentence.
told() {  # STATUS WORDS ARGUMENT …
  local status=0 said
  said=$("$verifier" "${@:3}" 2>&1) || status=$?
  if [ "$status" != "$1" ] || [[ $said != *"$2"* ]] || [ "$(wc -l <<<"$said")" != 1 ]; then
    echo "verify_proof.py ${*:3}: not $1 and '$2', but $status and: $said" >&2
    exit 1
  fi
}
told 2 "takes a proof and a digest"
told 2 "takes a proof and a digest" proof1
told 2 "no_such_file cannot be read as a proof: " no_such_file "$(cat digest)"
told 2 "digest cannot be read as a proof: " digest "$(cat digest)"
printf "\377\000\200" >noise
told 2 "noise cannot be read as a proof: " noise "$(cat digest)"
for words in digest "" spectradb:1:2 spectradb:x:2:00 spectradb:1:2:zz "other$(cat digest)" "$(cut -c -60 digest)"; do
  told 2 "'$words' is no digest" proof1 "$words"
done
echo '{"digest": "'"$(cat digest)"'"}' >empty
told 1 "NOT PROVEN: the proof is damaged: KeyError('commit')" empty "$(cat digest)"
echo '[]' >list
told 1 "NOT PROVEN: the proof is damaged: " list "$(cat digest)"

# Every text of hexadecimal digits and every number of a proof is altered, one at a time.
VERIFIER=$verifier python3 - <<'PYTHON'
import copy, json, os, subprocess, sys

digest = open("digest").read().strip()
refused = 0
for name in ("proof1", "proof3", "proof5", "consistency17", "consistency256", "proof7"):
    if name == "proof7": digest = open("digest_after").read().strip()
    proof = json.load(open(name))
    places = []

    def visit(part, way):
        if isinstance(part, dict): [visit(value, way + [key]) for key, value in part.items()]
        elif isinstance(part, list): [visit(value, way + [i]) for i, value in enumerate(part)]
        else: places.append((way, part))

    visit(proof, [])
    # In how large a catalog the table's leaf is says nothing of the table.
    places = [place for place in places if place[0] != ["table", "count"] and "erasure" not in place[0]]
    for way, value in places[:: 1 if len(places) < 12 else 4]:
        altered = copy.deepcopy(proof)
        into = altered
        for step in way[:-1]: into = into[step]
        if isinstance(value, int): into[way[-1]] = value + 1
        else: into[way[-1]] = value[:-1] + ("0" if value[-1:] != "0" else "1")
        if isinstance(value, str) and way[-1] in ("record",) : into[way[-1]] = value[:20] + ("0" if value[20] != "0" else "1") + value[21:]
        json.dump(altered, open("altered", "w"))
        run = subprocess.run([os.environ["VERIFIER"], "altered", digest], capture_output=True, text=True)
        if run.returncode == 0: sys.exit(f"{name}: {way} was altered, and still it says {run.stdout}")
        refused += 1
    for part in [key for key, value in proof.items() if isinstance(value, list) and value]:
        altered = dict(proof, **{part: proof[part][:-1]})
        json.dump(altered, open("altered", "w"))
        run = subprocess.run([os.environ["VERIFIER"], "altered", digest], capture_output=True, text=True)
        if run.returncode == 0 and len(proof[part]) == 1: sys.exit(f"{name}: {part} was cut, and still it says {run.stdout}")
digest = open("digest").read().strip()
wrong = digest[:-1] + ("0" if digest[-1] != "0" else "1")
for name in ("proof1", "consistency17"):
    if subprocess.run([os.environ["VERIFIER"], name, wrong], capture_output=True).returncode == 0: sys.exit(f"{name} is proven by another digest")
print(refused, "altered proofs are refused")
PYTHON

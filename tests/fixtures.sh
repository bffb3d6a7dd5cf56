#!/usr/bin/env bash
# Opens the databases that earlier releases have made, each in tests/fixtures/RELEASE: this release must give the
# same answers, and must be able to write. A release that changes the format adds a database, and never changes
# those that exist.
# usage: fixtures.sh MODULE
#        fixtures.sh MODULE --make RELEASE [ledger|erased|retired|ended|vectors|sealed]     makes a fixture with this module
# A fixture with vectors is asked ask_vectors.sql, too, and one with encrypted rows ask_sealed.sql. One with a ledger has a digest and a proof, which its own verifier
# and this one take; of one that is erased a row of the first commit went behind the digest, of one that is retired, or
# ended, history of a table that is not asked about went, by system time or by valid time.
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
cd "$(dirname "${BASH_SOURCE[0]}")/fixtures"
verifier=../../tools/verify_proof.py

shell() {
  env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
    sqlite3 -batch -bail -init /dev/null "$1" -cmd ".load '$module'"
}

if [ "${2:-}" = --make ]; then
  mkdir "$3"
  if [ "${4:-}" = vectors ] || [ "${4:-}" = sealed ]; then
    cat make.sql "make_$4.sql" | shell "$3/ledger.db" >/dev/null
  elif [ -n "${4:-}" ]; then  # it begins behind the last definition before the first row
    {
      sed '/^INSERT/,$d' make.sql
      echo "SELECT spectradb_ledger('on');"
      sed -n '/^INSERT/,$p' make.sql
      echo ".once $3/digest"
      echo "SELECT spectradb_digest();"
      echo ".once $3/proof.json"
      echo "SELECT spectradb_proof('rooms', 8);"
      if [ "$4" = retired ]; then
        printf '%s\n' .output "CREATE TABLE kept (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;" \
          "INSERT INTO kept VALUES (1, 'a'), (2, 'b');" "UPDATE kept SET v = 'c';" \
          "SELECT spectradb_retire('kept', spectradb_commit(), 'too old', 'clerk');"
      fi
      if [ "$4" = ended ]; then
        printf '%s\n' .output "CREATE TABLE kept (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;" \
          "INSERT INTO kept VALUES (1, 'a') VALID FROM '2010-01-01' TO '2012-01-01';" "INSERT INTO kept VALUES (2, 'b');" \
          "SELECT spectradb_retire('kept', '2020-01-01', 'too old', 'clerk', 'valid');" "UPDATE kept SET v = 'c';"
      fi
      if [ "$4" = erased ]; then printf '%s\n' .output "SELECT spectradb_erase('rooms', 14, 'article 17', 'clerk');"; fi
    } | shell "$3/ledger.db" >/dev/null
  else
    shell "$3/ledger.db" <make.sql >/dev/null
  fi
  rm -f "$3"/ledger.db-spectra/LOCK* "$3"/ledger.db-spectra/LAST  # whoever opens the database makes these
  cp -r "$3" "$3.copy"  # so that asking changes no file of the fixture
  shell "$3.copy/ledger.db" <ask.sql >"$3/answers"
  if [ "${4:-}" = vectors ]; then shell "$3.copy/ledger.db" <ask_vectors.sql >"$3/vector_answers"; fi
  if [ "${4:-}" = sealed ]; then shell "$3.copy/ledger.db" <ask_sealed.sql >"$3/sealed_answers"; fi
  rm -rf "$3.copy"
  exit
fi

# Compares the answers of a database with the fixture's: compare RELEASE DATABASE
compare() {
  shell "$2" <ask.sql | diff "$1/answers" - >&2 && { [ ! -f "$1/vector_answers" ] || shell "$2" <ask_vectors.sql | diff "$1/vector_answers" - >&2; } &&
    { [ ! -f "$1/sealed_answers" ] || shell "$2" <ask_sealed.sql | diff "$1/sealed_answers" - >&2; }
}

# The version of the manifest, in a file or in a row of the database.
version_of() {
  if [ -f "$1-spectra/MANIFEST" ]; then
    od -An -tu1 -j8 -N1 "$1-spectra/MANIFEST" | tr -d ' '
  else
    sqlite3 -init /dev/null "$1" "SELECT ltrim(hex(substr(meta, instr(meta, CAST('SPDSMAN1' AS BLOB)) + 8, 1)), '0') FROM _spectradb_files WHERE number = 0"
  fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
for fixture in */; do
  release=${fixture%/}
  cp -r "$release" "$work/$release"
  chmod -R u+w "$work/$release"
  compare "$release" "$work/$release/ledger.db" || { echo "the database of release $release answers otherwise" >&2; exit 1; }
  # A copy must give the same answers that has its store in the other place, a directory or the database.
  shell "$work/$release/ledger.db" >/dev/null <<SQL
SELECT spectradb_backup('$work/$release/other.db', 'main', iif(spectradb_config('storage') = 'rows', 'directory', 'rows'));
SQL
  compare "$release" "$work/$release/other.db" || { echo "the database of release $release in other storage answers otherwise" >&2; exit 1; }
  # Asking is no reason to lock the earlier release out; a commit is, since its frame has a salt.
  before=$(version_of "$work/$release/ledger.db")
  [ "$before" = "$(version_of "$release/ledger.db")" ] || { echo "asking the database of release $release changes its manifest" >&2; exit 1; }
  written=$(shell "$work/$release/ledger.db" <<'SQL'
INSERT INTO events (pk, doc) VALUES ('evt-9', '{"type":"signup"}');
UPDATE rooms SET nights = 20 WHERE id = 1;
CREATE TABLE made_now (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;
INSERT INTO made_now VALUES (1, 'x');
.output /dev/null
SELECT spectradb_compact();
.output
SELECT (SELECT count(*) FROM events), (SELECT guest FROM rooms WHERE nights = 20), (SELECT v FROM made_now), spectradb_check();
SQL
)
  [ "$written" = "4|guest 1|x|ok" ] || { echo "the database of release $release, written to: $written" >&2; exit 1; }
  after=$(version_of "$work/$release/ledger.db")
  made=4
  [ ! -f "$release/sealed_answers" ] || made=5
  [ "$before" = "$made" ] && [ "$after" = 5 ] || { echo "the manifest of release $release had version $before, and has $after" >&2; exit 1; }
  if [ -f "$release/digest" ]; then
    "$verifier" "$release/proof.json" "$(cat "$release/digest")" >/dev/null ||
      { echo "a proof of release $release is refused" >&2; exit 1; }
    said=$(shell "$work/$release/ledger.db" <<SQL
SELECT spectradb_verify('$(cat "$release/digest")') LIKE 'ok%', spectradb_erase('rooms', 7) > 1, spectradb_erase('events', 'evt-9');
SELECT spectradb_verify('$(cat "$release/digest")') LIKE 'ok; facts that are erased: %', spectradb_proof('rooms', 8) IS NOT NULL;
SQL
)
    [ "$said" = "$(printf '1|1|1\n1|1')" ] || { echo "the ledger of release $release says $said" >&2; exit 1; }
  fi
  if [ -f "$release/sealed_answers" ]; then
    said=$(shell "$work/$release/ledger.db" 2>&1 <<'SQL' || true
SELECT spectradb_shred('member', 'ann'), spectradb_erase();
INSERT INTO stay VALUES (2, 1, 'again');
SELECT (SELECT what FROM stay WHERE who = 2), (SELECT group_concat(name) FROM (SELECT name FROM member ORDER BY id)), (SELECT count(*) FROM spectradb_erasures WHERE state = 'done'), spectradb_check();
SQL
)
    [ "$said" = "$(printf '2|4\nagain|Bob Lee,another,Dan|3|ok')" ] || { echo "the encrypted rows of release $release: $said" >&2; exit 1; }
  fi
  # Answers about commits that the database already had must be the same.
  past=$(shell "$work/$release/ledger.db" <<<"SELECT count(*) FROM events AS OF 1; SELECT sum(nights) FROM rooms AS OF 6;")
  [ "$past" = "$(printf '1\n598')" ] || { echo "the database of release $release, its past: $past" >&2; exit 1; }
  if [ -f "$release/digest" ]; then
    said=$(shell "$work/$release/ledger.db" <<SQL
SELECT spectradb_retire('rooms', 12);
SELECT spectradb_verify('$(cat "$release/digest")') LIKE 'ok; %; facts that are retired: %', spectradb_proof('rooms', 8) IS NOT NULL, spectradb_check();
SQL
)
    [ "$said" = "$(printf '12\n1|1|ok')" ] || { echo "the ledger of release $release, retired, says $said" >&2; exit 1; }
    said=$(shell "$work/$release/ledger.db" <<SQL
SELECT spectradb_retire('prices', '2026-06-20', NULL, NULL, 'valid');
SELECT value FROM _spectradb_meta WHERE name = 'format';
SELECT spectradb_verify('$(cat "$release/digest")') LIKE 'ok; %; facts that are retired: %', spectradb_check();
SQL
)
    [ "$said" = "$(printf '2026-06-20\n8\n1|ok')" ] || { echo "the ledger of release $release, retired by valid time, says $said" >&2; exit 1; }
  fi
  count=$((count + 1))
done
[ "$count" -gt 0 ]
echo "$count databases of earlier releases open, answer and take new commits"

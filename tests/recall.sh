#!/usr/bin/env bash
# A memory recalls the evidence of questions as well as BM25 over the same words does: dated speeches (demo/rag/passages.csv), and
# questions of three kinds with the numbers of the passages that answer them (recall/questions.csv). And once half of the passages were
# taken back and the rest put in other words, the same questions as of before have the same answers. usage: recall.sh MODULE
set -euo pipefail
module=$(realpath "$1")
module=${module%.so}
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >script <<SQL
PRAGMA synchronous = OFF;
.mode csv
CREATE TABLE source (kind TEXT, id INTEGER, year TEXT, president TEXT, text TEXT);
.import --skip 1 '$root/demo/rag/passages.csv' source
CREATE TABLE question (kind TEXT, evidence TEXT, text TEXT);
.import --skip 1 '$root/tests/recall/questions.csv' question
.mode list
SELECT 'memory ' || spectradb_memory('mem');
SQL
cat >>script <<'SQL'
INSERT INTO mem (ns, key, value, source) SELECT 'speech/', printf('p%02d', id), president || ': ' || text, year FROM source WHERE kind = 'passage' ORDER BY id
  VALID FROM '2026-01-01';
INSERT INTO mem (ns, key, value) SELECT 'other/', printf('q%02d', id), text FROM source WHERE kind = 'passage' VALID FROM '2026-01-01';
CREATE TABLE known AS SELECT spectradb_commit() AS commit_no;

CREATE TABLE evidence AS SELECT q.rowid AS question, q.kind, printf('p%02d', e.value) AS key FROM question q, json_each('[' || replace(evidence, ' ', ',') || ']') e;
CREATE TABLE recalled AS SELECT q.rowid AS question, r.key, r.text_rank AS place FROM question q, spectradb_recall('mem', q.text, NULL, 'speech/', 20) r;

-- What FTS5's BM25 finds in the same words.
CREATE VIRTUAL TABLE bm25 USING fts5(key, value, tokenize = 'porter unicode61');
INSERT INTO bm25 SELECT key, value FROM mem ORDER BY ns DESC, key;
CREATE TABLE found AS SELECT q.rowid AS question, f.key, row_number() OVER (PARTITION BY q.rowid ORDER BY f.rank, f.rowid) AS place
  FROM question q JOIN bm25 f ON f.bm25 MATCH '"' || replace(q.text, ' ', '" OR "') || '"' AND f.key GLOB 'p*';

CREATE VIEW compared AS
WITH depth(k) AS (VALUES (5), (10), (20)),
  share AS (SELECT e.question, e.kind, k,
      avg(EXISTS (SELECT 1 FROM recalled r WHERE r.question = e.question AND r.key = e.key AND
                  (SELECT count(*) FROM recalled b WHERE b.question = r.question AND b.place <= r.place) <= k)) AS ours,
      avg(EXISTS (SELECT 1 FROM found f WHERE f.question = e.question AND f.key = e.key AND f.place <= k)) AS theirs
    FROM evidence e, depth GROUP BY e.question, k)
SELECT kind, k, count(*) AS questions, avg(ours) AS ours, avg(theirs) AS theirs FROM share GROUP BY kind, k
UNION ALL SELECT 'all', k, count(*), avg(ours), avg(theirs) FROM share GROUP BY k;

SELECT printf('%s, %d questions, recall@%d: %.3f, BM25 %.3f', kind, questions, k, ours, theirs) FROM compared;
SELECT 'below BM25: ' || kind || ' at ' || k FROM compared WHERE ours < theirs - 1e-9;
SELECT 'questions that nothing was recalled for: ' || count(*) FROM question q WHERE NOT EXISTS (SELECT 1 FROM recalled r WHERE r.question = q.rowid);
SELECT 'of another namespace: ' || count(*) FROM recalled WHERE key GLOB 'q*';

DELETE FROM mem WHERE ns = 'speech/' AND CAST(substr(key, 2) AS INTEGER) % 2;
UPDATE mem SET value = 'nothing of this was said' WHERE ns = 'speech/';
SELECT 'recalled though it is gone: ' || count(*) FROM question q, spectradb_recall('mem', q.text, NULL, 'speech/', 20) r WHERE CAST(substr(r.key, 2) AS INTEGER) % 2;
CREATE TABLE again AS SELECT q.rowid AS question, r.key, r.text_rank AS place, r.score FROM question q, known,
  spectradb_recall('mem', q.text, NULL, 'speech/', 20) r WHERE r._as_of = known.commit_no;
SELECT 'other answers as of before: ' || count(*) FROM
  (SELECT * FROM (SELECT question, key, place FROM again EXCEPT SELECT * FROM recalled)
   UNION ALL SELECT * FROM (SELECT * FROM recalled EXCEPT SELECT question, key, place FROM again));
SQL
env ${SPECTRADB_TEST_PRELOAD:+"LD_PRELOAD=$SPECTRADB_TEST_PRELOAD"} \
  sqlite3 -batch -bail -init /dev/null my.db -cmd ".load '$module'" <script >said || { cat said >&2; exit 1; }
cat said
for line in 'of another namespace: 0' 'recalled though it is gone: 0' 'other answers as of before: 0' 'questions that nothing was recalled for: 0'; do
  grep -qxF "$line" said || { echo "not so: $line" >&2; exit 1; }
done
grep -q '^all, 46 questions, recall@20: ' said || { echo 'not all questions were asked' >&2; exit 1; }
if grep -q '^below BM25' said; then exit 1; fi

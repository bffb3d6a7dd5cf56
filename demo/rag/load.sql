-- Loads two months of an archive in a minute. `calendar` says which day a commit stands for, because the
-- times of the commits are those of this loading.
CREATE TABLE source (kind TEXT, id INTEGER, year INTEGER, president TEXT, text TEXT);
.mode csv
.import --skip 1 demo/rag/passages.csv source
CREATE TABLE vector (kind TEXT, id INTEGER, space TEXT, e BLOB);
BEGIN;
.read demo/rag/vectors.sql
COMMIT;
CREATE TABLE question AS SELECT s.id, s.text, v.space, v.e FROM source s JOIN vector v USING (kind, id) WHERE kind = 'question';
CREATE TABLE calendar (day TEXT PRIMARY KEY, commit_no INTEGER, what TEXT);

CREATE TABLE passage (id INTEGER PRIMARY KEY, year INTEGER, president TEXT, text TEXT) WITH SYSTEM VERSIONING;
CREATE TABLE emb (id INTEGER, space TEXT, e VECTOR NOT NULL, PRIMARY KEY (id, space)) WITH SYSTEM VERSIONING;
CREATE VECTOR INDEX emb_e ON emb (e) PARTITION BY (space);

-- In September the archive is scanned. Somebody files a page of the next year under Polk's words about
-- gold.
BEGIN;
INSERT INTO passage SELECT id, year, president, text FROM source WHERE kind = 'passage';
UPDATE passage SET text = (SELECT text FROM source WHERE kind = 'passage' AND id = 11) WHERE id = 6;
COMMIT;
BEGIN;
INSERT INTO emb SELECT id, space, e FROM vector WHERE kind = 'passage' AND space = 'use-512' AND id <> 6;
INSERT INTO emb SELECT 6, space, e FROM vector WHERE kind = 'passage' AND space = 'use-512' AND id = 11;
SELECT spectradb_space('emb', 'use-512');
COMMIT;
INSERT INTO calendar SELECT '2026-09-01', spectradb_commit(), 'the archive and its embeddings are there';
INSERT INTO calendar SELECT '2026-10-27', spectradb_commit(), 'last Tuesday: an answer was given';

-- Late in October a reader finds the wrong page.
BEGIN;
SELECT spectradb_annotate('reason', 'page 6 was one of 1849; scanned again');
UPDATE passage SET text = (SELECT text FROM source WHERE kind = 'passage' AND id = 6) WHERE id = 6;
UPDATE emb SET e = (SELECT e FROM vector WHERE kind = 'passage' AND space = 'use-512' AND id = 6) WHERE id = 6;
COMMIT;
INSERT INTO calendar SELECT '2026-10-30', spectradb_commit(), 'page 6 is corrected';

-- In November there is a smaller model, and the table changes to it.
BEGIN;
INSERT INTO emb SELECT id, space, e FROM vector WHERE kind = 'passage' AND space = 'small-64';
SELECT spectradb_space('emb', 'small-64');
COMMIT;
INSERT INTO calendar SELECT '2026-11-02', spectradb_commit(), 'small-64 takes over';

-- Loads one release as one transaction: temp.incoming has its rows (of the staging table), and the ledger
-- gets only the differences.
BEGIN;
DELETE FROM incoming;
INSERT INTO incoming
  SELECT region, currency, legal_tender,
         nullif(used_from, ''),
         date(nullif(used_to, ''), '+1 day')  -- the last day of use is inclusive, a period's end is not
    FROM staging WHERE release = (SELECT release FROM current);

-- This is what the ledger has over all valid time, as of the latest commit.
DELETE FROM known;
INSERT INTO known
  SELECT region, currency, legal_tender, _valid_from, _valid_to FROM money FOR ALL VALID_TIME;

-- Rows that are gone are deleted as whole pieces; the hidden column _valid_from says which ones.
DELETE FROM money FOR PORTION OF VALID_TIME FROM NULL TO NULL
 WHERE EXISTS (SELECT 1 FROM (SELECT * FROM known EXCEPT SELECT * FROM incoming) AS gone
                WHERE gone.region = money.region AND gone.currency = money.currency
                  AND gone.used_from IS money._valid_from);

-- Rows that are new are inserted.
INSERT INTO money (region, currency, legal_tender, _valid_from, _valid_to)
  SELECT * FROM incoming EXCEPT SELECT * FROM known;
COMMIT;

INSERT INTO releases
  SELECT release, min(released_on), spectradb_commit(), spectradb_commit() > ifnull((SELECT max(commit_no) FROM releases), 0)
    FROM staging WHERE release = (SELECT release FROM current);
UPDATE current SET release = release + 1;

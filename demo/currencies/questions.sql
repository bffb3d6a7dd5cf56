.mode box
.nullvalue ''
.print
.print 'The releases: a release without a difference takes no commit number of its own.'
SELECT release, released_on, commit_no, CASE changed WHEN 1 THEN 'yes' ELSE 'no' END AS changed,
       (SELECT count(*) FROM money FOR ALL VALID_TIME FOR ALL SYSTEM_TIME WHERE changed AND _system_from = commit_no) AS "rows new",
       (SELECT count(*) FROM money FOR ALL VALID_TIME FOR ALL SYSTEM_TIME WHERE changed AND _system_to = commit_no) AS "rows gone"
  FROM releases ORDER BY release;

.print
.print 'The money of Croatia on two days of January 2023, as known on three days.'
WITH asked(known_on, commit_no) AS (
  SELECT day, (SELECT commit_no FROM releases WHERE released_on <= day ORDER BY release DESC LIMIT 1)
    FROM (SELECT '2022-06-01' AS day UNION ALL SELECT '2022-12-01' UNION ALL SELECT '2023-06-01')),
days(day) AS (VALUES ('2023-01-14'), ('2023-01-15'))
SELECT known_on AS "known on", commit_no AS "AS OF", day AS "VALID AT", group_concat(currency, ' and ') AS money
  FROM (SELECT a.known_on, a.commit_no, d.day, m.currency
          FROM asked a JOIN days d
          LEFT JOIN money m FOR SYSTEM_TIME AS OF a.commit_no FOR VALID_TIME AS OF d.day ON m.region = 'HR'
         ORDER BY a.known_on, d.day, m.currency)
 GROUP BY known_on, day ORDER BY known_on, day;

.print
.print 'Corrected after the fact: entries that a release says differently than the one before it did.'
.print '(That a currency in use got an end later than the release before is news, not a correction.)'
SELECT r.release, old.region, old.currency,
       ifnull(old._valid_from, '…') || ' to ' || ifnull(date(old._valid_to, '-1 day'), '…') AS "was said",
       ifnull(ifnull(new._valid_from, '…') || ' to ' || ifnull(date(new._valid_to, '-1 day'), '…'), 'nothing') AS "is said"
  FROM money old FOR ALL SYSTEM_TIME FOR ALL VALID_TIME
  JOIN releases r ON r.commit_no = old._system_to AND r.changed
  JOIN releases before ON before.release = r.release - 1
  LEFT JOIN money new FOR ALL SYSTEM_TIME FOR ALL VALID_TIME
    ON new.region = old.region AND new.currency = old.currency AND new._system_from = old._system_to
 WHERE NOT (new.currency IS NOT NULL AND new._valid_from IS old._valid_from AND old._valid_to IS NULL
            AND new._valid_to > before.released_on)
 ORDER BY r.release, old.region, old.currency;

.print
.print 'Bulgaria before release 48 …'
SELECT currency, legal_tender AS tender, ifnull(_valid_from, '…') AS "from", ifnull(date(_valid_to, '-1 day'), '') AS "last day"
  FROM money FOR ALL VALID_TIME WHERE region = 'BG' ORDER BY _valid_from AS OF (SELECT commit_no FROM releases WHERE release = 47);
.print '… and after it.'
SELECT currency, legal_tender AS tender, ifnull(_valid_from, '…') AS "from", ifnull(date(_valid_to, '-1 day'), '') AS "last day"
  FROM money FOR ALL VALID_TIME WHERE region = 'BG' ORDER BY _valid_from AS OF (SELECT commit_no FROM releases WHERE release = 48);

.print
.print 'What it cost: rows of all releases against facts that the ledger keeps.'
SELECT (SELECT count(*) FROM staging) AS "rows in the 15 files", (SELECT count(*) FROM money FOR ALL SYSTEM_TIME FOR ALL VALID_TIME) AS "rows of the ledger, all times",
       spectradb_commit() AS commits;

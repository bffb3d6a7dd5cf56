-- Proves that AS OF each release's commit the ledger says what the file of that release says. Prints the
-- releases that agree.
SELECT count(*) || ' of ' || (SELECT count(*) FROM releases) || ' releases read back exactly as their file says' FROM releases r
 WHERE NOT EXISTS (
   SELECT region, currency, legal_tender, nullif(used_from, ''), date(nullif(used_to, ''), '+1 day') FROM staging s WHERE s.release = r.release
   EXCEPT SELECT region, currency, legal_tender, _valid_from, _valid_to FROM money m FOR ALL VALID_TIME FOR SYSTEM_TIME AS OF r.commit_no)
   AND NOT EXISTS (
   SELECT region, currency, legal_tender, _valid_from, _valid_to FROM money m FOR ALL VALID_TIME FOR SYSTEM_TIME AS OF r.commit_no
   EXCEPT SELECT region, currency, legal_tender, nullif(used_from, ''), date(nullif(used_to, ''), '+1 day') FROM staging s WHERE s.release = r.release);

-- This makes the ledger, and ordinary tables beside it.
CREATE TABLE money (region TEXT, currency TEXT, legal_tender TEXT, PRIMARY KEY (region, currency)) WITH SYSTEM VERSIONING;
CREATE TABLE releases (release INTEGER PRIMARY KEY, released_on TEXT, commit_no INTEGER, changed INTEGER);
CREATE TEMP TABLE incoming (region, currency, legal_tender, used_from, used_to);
CREATE TEMP TABLE known (region, currency, legal_tender, used_from, used_to);
CREATE TEMP TABLE current (release INTEGER);

CREATE TEMP TABLE staging (release INTEGER, released_on TEXT, region TEXT, currency TEXT, used_from TEXT, used_to TEXT, legal_tender TEXT);
.import --csv --skip 1 --schema temp demo/currencies/cldr_currency_by_release.csv staging
INSERT INTO current SELECT min(release) FROM staging;

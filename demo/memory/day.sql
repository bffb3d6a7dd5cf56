.mode box
SELECT spectradb_memory('mem') AS "an agent gets a memory";

-- In the morning the agent learns facts.
INSERT INTO mem (ns, key, value, source) VALUES
  ('u/ann/', 'city', 'Ann lives in Oslo', 's1:2'), ('u/ann/', 'diet', 'Ann is a vegetarian', 's1:4') VALID FROM '2025-01-01';
INSERT INTO mem (ns, key, value, importance, source) VALUES ('u/ann/', 'meeting', 'Ann meets Bob for lunch', 3, 's1:6')
  VALID FROM '2026-03-02 12:00' TO '2026-03-02 14:00';
-- At noon she says that she moved a month ago. The older fact ends by itself.
INSERT INTO mem (ns, key, value, source) VALUES ('u/ann/', 'city', 'Ann lives in Bergen', 's2:1') VALID FROM '2026-02-01';
-- In the evening it turns out that whoever wrote that down was mistaken. It is taken back, and stays in
-- history.
UPDATE mem FOR PORTION OF VALID_TIME FROM '2026-02-01' TO NULL SET value = 'Ann lives in Trondheim', source = 's3:2' WHERE key = 'city';

.print
.print What does the agent know at 13:00?
SELECT key, value, source, commit_no FROM spectradb_recall('mem', 'where does she live, is she a vegetarian, when is lunch', NULL, 'u/ann/', 5)
WHERE _valid_at = '2026-03-02 13:00';
.print The lunch is over at 14:00, without a sweeper:
SELECT count(*) AS lunches FROM spectradb_recall('mem', 'lunch', NULL, 'u/ann/', 5) WHERE _valid_at = '2026-03-02 14:00';
.print What did it believe at noon, and in the morning?
SELECT 'noon' AS asked, value FROM spectradb_recall('mem', 'live', NULL, 'u/ann/') WHERE _as_of = 3 AND _valid_at = '2026-03-02'
UNION ALL
SELECT 'morning', value FROM spectradb_recall('mem', 'live', NULL, 'u/ann/') WHERE _as_of = 2 AND _valid_at = '2026-03-02';
.print Where has she lived, as it is known now, and who said so?
SELECT value, source, _valid_from, _valid_to FROM mem FOR ALL VALID_TIME WHERE key = 'city' ORDER BY _valid_from;
.print Who ever said Bergen, and until which commit was it believed?
SELECT value, source, _system_from, _system_to FROM mem FOR ALL SYSTEM_TIME FOR ALL VALID_TIME WHERE value MATCH 'bergen';

// Statements for the targets that read SQL.
#pragma once

#include <string>
#include <vector>

namespace spectradb::fuzz {

inline std::vector<std::string> sql_seeds() {
  return {
      "SELECT doc FROM events AS OF '2026-01-31 18:00' VALID AT '2025-12-31'",
      "SELECT n.doc, o.doc FROM events n JOIN events AS OF 3 o USING (pk) WHERE n.a IN (SELECT id FROM t FOR "
      "SYSTEM_TIME FROM 3 TO 9)",
      "SELECT * FROM t FOR SYSTEM_TIME BETWEEN SYMMETRIC 3 AND 9 UNION SELECT * FROM a_view FOR VALID_TIME "
      "CONTAINED IN (?, :b) ORDER BY 1 LIMIT 3 AS OF ?7",
      "WITH RECURSIVE e(x) AS (SELECT * FROM t UNION SELECT * FROM e) SELECT * FROM e AS OF 1 FOR ALL "
      "VALID_TIME",
      "INSERT INTO d (id) VALUES (1, (SELECT 2 FROM t AS OF 3)), (?) VALID FROM '2026-01-01' TO CASE WHEN 1 "
      "THEN 2 END RETURNING *",
      "WITH w AS (SELECT 1) INSERT OR ABORT INTO d AS x (id, n) SELECT 1, ? WHERE true ON CONFLICT (id) DO "
      "UPDATE SET n = excluded.n + (SELECT :y FROM w), (id, n) = (1, x.n) WHERE excluded.id > ?3 RETURNING "
      "id",
      "UPDATE prices AS p FOR PORTION OF VALID_TIME FROM ? TO date('now') SET (a, b) = (1, 2), c = 3 WHERE "
      "p.a",
      "DELETE FROM prices FOR PORTION OF APPLICATION_TIME FROM 1 TO (SELECT 1 FROM t AS OF 1) WHERE a",
      "CREATE TRIGGER r AFTER UPDATE OF a ON plain BEGIN INSERT INTO d SELECT CASE 1 WHEN 2 THEN 3 END FROM "
      "t "
      "AS OF 1; DELETE FROM t; END; SELECT 1",
      "CREATE TABLE IF NOT EXISTS x (id INTEGER PRIMARY KEY, y DEFAULT (1)) WITH SYSTEM VERSIONING "
      "(on_insert "
      "= append)",
      "CREATE TEMP VIEW v(a) AS SELECT * FROM stored AS OF 4; SELECT * FROM circle AS OF 5",
      "EXPLAIN QUERY PLAN SELECT [a], \"b\", x'00' /* c */ FROM t(5, NULL) VALID AT $a::b(c) -- d\n, "
      "json_each('[1]')",
      "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a DESC, id COLLATE NOCASE); DROP INDEX events_by_doc; "
      "REINDEX t",
      "SELECT 1.5e-3, 0x1F, .5, @v, #w, `q`, 'it''s' || x'0f' <> a->>'$.b' != c FROM t AS OF COMMIT 3",
  };
}

}  // namespace spectradb::fuzz

// Lists the differences that the program `ordinary` lets pass.
#pragma once

#include <string_view>

namespace spectradb::tests {

// A difference that is known, and the reason why it is SQLite's own or described in docs/sql.md. It applies
// where all three texts are found.
struct Excuse {
  std::string_view file;
  std::string_view statement;
  std::string_view message;  // the temporal table's message, where that refuses
  std::string_view why;
};
inline constexpr Excuse kExcuses[] = {
    {"alter_table.test", "ALTER TABLE tv RENAME COLUMN a TO b",
     "error in view v: no such column: a after rename",
     "views do not follow a renamed column, which is an error"},
    {"alter_table.test", "ALTER TABLE tv RENAME COLUMN d TO dd", "error in a trigger of log",
     "triggers do not follow a renamed column, which is an error"},
    {"alter_table.test", "ALTER TABLE docs RENAME COLUMN pk TO id", "cannot be renamed",
     "documents have no columns of their own"},
    {"alter_table.test", "ALTER TABLE docs DROP COLUMN doc", "cannot be renamed or dropped",
     "documents have no columns of their own"},
    {"alter_table.test", "ALTER TABLE docs ADD COLUMN x TEXT", "a column of it is read from its documents",
     "documents have no columns of their own"},
    {"bad_input.test", "SET doc = 'not json'", "invalid JSON", "documents are JSON"},
    {"copied_alone.test", "SELECT * FROM c.t", "there is no store",
     "a copy of SQLite's file alone has no facts"},
    {"copied_alone.test", "INSERT INTO c.t VALUES (2", "there is no store",
     "a copy of SQLite's file alone has no facts"},
    {"copied_alone.test", "DROP TABLE c.t", "", "a copy of SQLite's file alone has no facts"},
    {"copied_alone.test", "DROP TABLE d.t", "", "a copy of SQLite's file alone has no facts"},
    {"documents.test", "SET doc = '{'", "invalid JSON", "documents are JSON"},
    {"foreign_keys.test", "COMMIT", "FOREIGN KEY constraint failed",
     "a COMMIT that fails takes the transaction back; on ordinary tables it stays open"},
    {"foreign_keys.test", "INSERT INTO nowhere VALUES (NULL)", "",
     "checked when the transaction commits, where NULL refers to nothing: then the parent is not looked for"},
    {"foreign_keys.test", "DROP TABLE p", "constraint failed",
     "SQLite shows no message of a virtual table that does not want to be dropped"},
    {"foreign_keys.test", "ALTER TABLE p RENAME TO q", "which so cannot be renamed",
     "the parent of other tables cannot be renamed"},
    {"foreign_keys.test", "ALTER TABLE p RENAME COLUMN name TO title", "REFERENCES column name of table p",
     "the parent of other tables cannot be renamed"},
    {"indexes.test", "UPDATE OR REPLACE r SET a = CASE id", "",
     "SQLite counts each row that it hands to a virtual table, also one that is not there any more"},
    {"key_comparisons.test", "INSERT INTO numbered (v) VALUES ('any'), ('other')", "",
     "where the largest key is used, others are drawn at random"},
    {"ordinary_writes.test", "UPDATE chain SET v = (SELECT sum(v)", "",
     "SQLite computes all new rows of an UPDATE before it hands the first to a virtual table"},
    {"ordinary_writes.test", "UPDATE chain SET v = steps.v FROM steps", "",
     "SQLite hands a row to a virtual table for each match of UPDATE … FROM, and counts that"},
    {"rebuilt_tables.test", "COMMIT -- the new row", "",
     "a row without a key goes on under the number that its history has, and a new one gets a number of its "
     "own"},
    {"rebuilt_tables.test", "ALTER TABLE q2 RENAME TO q", "its PRIMARY KEY has other columns",
     "a history is kept by key, so it cannot go on under another key"},
    {"rebuilt_tables.test", "CREATE TABLE q (v TEXT)", "its PRIMARY KEY has other columns",
     "a history is kept by key, so it cannot go on under another key"},
    {"rebuilt_tables.test", "COMMIT", "its PRIMARY KEY is v instead of id",
     "a history is kept by key, so it cannot go on under another key"},
    {"rebuilt_tables.test", "COMMIT", "is an ordinary table now",
     "an ordinary table in the place of a temporal one would lose its history"},
    {"typed_tables.test", "UPDATE moved SET id = new FROM moves", "",
     "SQLite hands a row to a virtual table for each match of UPDATE … FROM, and counts that"},
    {"typed_tables.test", "INSERT INTO numbers (v) VALUES (5), (6)", "",
     "AUTOINCREMENT never assigns a key again that an UPDATE has set"},
    {"upsert.test", "DO UPDATE SET doc = 'none'", "invalid JSON", "documents are JSON"},
    {"upsert.test", "CREATE TRIGGER updated", "not available inside a trigger",
     "SQLite runs nothing inside a trigger that it does not know when the trigger is created"},
    {"upsert.test", "INSERT OR REPLACE INTO led (id, n) VALUES (2, 1) ON CONFLICT", "goes with plain INSERT",
     "OR FAIL, and with it the other codes, is kept for what SQLite itself runs"},
};

}  // namespace spectradb::tests

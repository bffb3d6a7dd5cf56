#include "extension/front/help.h"

namespace spectradb::extension {

namespace {

using enum Help::Kind;

constexpr Help kStatementsHelp[] = {
    {"CREATE TABLE", kStatement,
     "CREATE [TEMP] TABLE [IF NOT EXISTS] name (columns) WITH SYSTEM VERSIONING [(option, …)]",
     "Makes a temporal table. Columns and constraints are those of SQLite.",
     "CREATE TABLE prices (sku TEXT PRIMARY KEY, price INTEGER) WITH SYSTEM VERSIONING;"},
    {"CREATE TABLE name (pk TEXT PRIMARY KEY)", kStatement,
     "CREATE [TEMP] TABLE [IF NOT EXISTS] name (pk TEXT PRIMARY KEY)",
     "Makes a document table: a key, and a JSON document in the column doc.",
     "CREATE TABLE events (pk TEXT PRIMARY KEY);"},
    {"CREATE VIRTUAL TABLE", kStatement,
     "CREATE VIRTUAL TABLE [IF NOT EXISTS] name USING spectradb(columns [, option, …])",
     "Makes a temporal table in every host, also without the prepare hook.",
     "CREATE VIRTUAL TABLE readings USING spectradb(sensor TEXT PRIMARY KEY, value REAL, on_insert = "
     "append);"},
    {"INSERT", kStatement,
     "[WITH …] INSERT [OR ABORT | FAIL | IGNORE | REPLACE | ROLLBACK] INTO table [AS alias] [(columns)] "
     "VALUES (…), … | "
     "SELECT … | DEFAULT VALUES [VALID [FROM time] [TO time]] [ON CONFLICT …] [RETURNING …]",
     "Adds rows, valid in a period or for all time. The columns _valid_from and _valid_to may be named, too.",
     "INSERT INTO prices VALUES ('a', 10) VALID FROM '2026-01-01';"},
    {"REPLACE", kStatement,
     "[WITH …] REPLACE INTO table [(columns)] VALUES (…), … [VALID [FROM time] [TO time]]",
     "Adds rows in place of those that have their keys.", "REPLACE INTO prices VALUES ('b', 5);"},
    {"UPDATE", kStatement,
     "[WITH …] UPDATE [OR …] table [FOR PORTION OF VALID_TIME FROM time TO time] [AS alias] SET … [FROM …] "
     "[WHERE …] "
     "[RETURNING …]",
     "Changes rows that are valid now, in all of their period, or in a portion of valid time. What was known "
     "before is kept.",
     "UPDATE prices SET price = 6 WHERE sku = 'b';"},
    {"DELETE", kStatement,
     "[WITH …] DELETE FROM table [FOR PORTION OF VALID_TIME FROM time TO time] [AS alias] [WHERE …] "
     "[RETURNING …]",
     "Takes rows out of valid time, all of their period or a portion. What was known before is kept.",
     "DELETE FROM prices WHERE sku = 'b';"},
    {"ALTER TABLE ADD SYSTEM VERSIONING", kStatement, "ALTER TABLE name ADD SYSTEM VERSIONING [(option, …)]",
     "Makes an ordinary table temporal.",
     "CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT); ALTER TABLE staff ADD SYSTEM VERSIONING;"},
    {"ALTER TABLE ADD COLUMN", kStatement, "ALTER TABLE name ADD [COLUMN] definition",
     "Adds a column; rows from before it show its DEFAULT, or what it computes.",
     "ALTER TABLE staff ADD COLUMN city TEXT DEFAULT 'Bonn';"},
    {"ALTER TABLE RENAME COLUMN", kStatement, "ALTER TABLE name RENAME [COLUMN] column TO column",
     "Renames a column at all times.", "ALTER TABLE staff RENAME COLUMN city TO town;"},
    {"ALTER TABLE DROP COLUMN", kStatement, "ALTER TABLE name DROP [COLUMN] column",
     "Drops a column; what it held is not shown any more, at no time.",
     "ALTER TABLE staff DROP COLUMN town;"},
    {"ALTER TABLE RENAME TO", kStatement, "ALTER TABLE name RENAME TO name",
     "Renames a table; its history goes with it.",
     "ALTER TABLE staff RENAME TO people; ALTER TABLE people RENAME TO staff;"},
    {"CREATE INDEX", kStatement,
     "CREATE [UNIQUE] INDEX [IF NOT EXISTS] [schema.]name ON table (column | expression [COLLATE name] [ASC "
     "| DESC], …) "
     "[WHERE condition]",
     "Makes an index that finds rows at every system and valid time, also at those before it was made.",
     "CREATE INDEX prices_by_price ON prices (price DESC);"},
    {"REINDEX", kStatement, "REINDEX [schema.](index | table)", "Builds an index, or all of a table, anew.",
     "REINDEX prices_by_price;"},
    {"DROP INDEX", kStatement, "DROP INDEX [IF EXISTS] [schema.]name", "Drops an index.",
     "DROP INDEX prices_by_price;"},

    {"AS OF", kClause,
     "table AS OF [COMMIT | TIMESTAMP] time | SELECT … [WHERE …] [GROUP BY …] [ORDER BY …] [LIMIT …] AS OF "
     "time",
     "Reads a table, a view, a subquery or a whole query as the database was: time is the number of a "
     "commit, or a text "
     "that names an instant. The same as FOR SYSTEM_TIME AS OF.",
     "SELECT * FROM prices AS OF 1;"},
    {"VALID AT", kClause, "table VALID AT time",
     "Reads what is true at an instant, as it is known now. The same as FOR VALID_TIME AS OF.",
     "SELECT * FROM prices VALID AT '2026-06-10';"},
    {"FOR SYSTEM_TIME AS OF", kClause, "table FOR SYSTEM_TIME AS OF [COMMIT | TIMESTAMP] time",
     "Reads as the database was at a commit or an instant.",
     "SELECT * FROM prices FOR SYSTEM_TIME AS OF COMMIT 2;"},
    {"FOR VALID_TIME AS OF", kClause, "table FOR VALID_TIME | APPLICATION_TIME AS OF time | DATE 'text'",
     "Reads what is true at an instant; the time may be a column of a table further left.",
     "SELECT * FROM prices FOR VALID_TIME AS OF DATE '2026-06-10';"},
    {"FOR SYSTEM_TIME ALL", kClause, "table FOR SYSTEM_TIME ALL | FOR ALL SYSTEM_TIME",
     "Reads every version that ever was; _system_from and _system_to tell when.",
     "SELECT sku, price, _system_from, _system_to FROM prices FOR SYSTEM_TIME ALL;"},
    {"FOR VALID_TIME ALL", kClause, "table FOR VALID_TIME ALL | FOR ALL VALID_TIME",
     "Reads all of valid time; _valid_from and _valid_to tell what holds when.",
     "SELECT sku, price, _valid_from, _valid_to FROM prices FOR ALL VALID_TIME;"},
    {"FOR SYSTEM_TIME FROM TO", kClause,
     "table FOR SYSTEM_TIME FROM time TO time | BETWEEN [SYMMETRIC | ASYMMETRIC] time AND time",
     "Reads the versions that were known somewhere between two commits or instants.",
     "SELECT sku, price FROM prices FOR SYSTEM_TIME FROM 1 TO 3;"},
    {"FOR VALID_TIME FROM TO", kClause,
     "table FOR VALID_TIME FROM time TO time | BETWEEN [SYMMETRIC | ASYMMETRIC] time AND time",
     "Reads what is true somewhere in a period; periods are shown whole.",
     "SELECT sku, price FROM prices FOR VALID_TIME FROM '2026-01-01' TO '2026-02-01';"},
    {"FOR VALID_TIME ONLY", kClause,
     "table FOR VALID_TIME ONLY FROM time TO time | ONLY BETWEEN time AND time",
     "Reads what is true in a period, cut to it.",
     "SELECT sku, _valid_from, _valid_to FROM prices FOR VALID_TIME ONLY FROM '2026-02-01' TO '2026-03-01';"},
    {"CONTAINED IN", kClause, "table FOR SYSTEM_TIME | VALID_TIME CONTAINED IN (time, time)",
     "Reads what begins and ends inside a period.",
     "SELECT sku, price FROM prices FOR SYSTEM_TIME CONTAINED IN (1, 4);"},
    {"VALID FROM TO", kClause, "INSERT … VALID [FROM time] [TO time | UNTIL NEXT]",
     "Says the valid period of the rows; what is left out is unbounded.",
     "INSERT INTO prices VALUES ('c', 1) VALID FROM '2026-01-01' TO '2027-01-01';"},
    {"FOR PORTION OF", kClause, "UPDATE | DELETE FROM table FOR PORTION OF VALID_TIME FROM time TO time",
     "Writes a portion of valid time; the rest of each row stays.",
     "UPDATE prices FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET price = 8 WHERE sku = "
     "'c';"},
    {"ON CONFLICT", kClause,
     "INSERT … ON CONFLICT [(key columns)] DO NOTHING | DO UPDATE SET assignment, … [WHERE expr]",
     "Says what happens where a row stands already in the new one's period: nothing, or an update of that "
     "period.",
     "INSERT INTO prices VALUES ('a', 11) ON CONFLICT (sku) DO UPDATE SET price = excluded.price;"},
    {"RETURNING", kClause, "INSERT | UPDATE | DELETE … RETURNING expr, …",
     "Gives the rows as they were stored, with assigned keys, defaults, generated and hidden columns.",
     "INSERT INTO staff (name) VALUES ('ann') RETURNING id;"},
    {"WITHOUT OVERLAPS", kClause, "PRIMARY KEY | UNIQUE (column, …, VALID_TIME WITHOUT OVERLAPS)",
     "Says that a key holds at every instant of valid time, as all keys of temporal tables do.",
     "CREATE TABLE rooms (id INTEGER, seats INT, PRIMARY KEY (id, VALID_TIME WITHOUT OVERLAPS)) WITH SYSTEM "
     "VERSIONING;"},
    {"FOREIGN KEY", kClause,
     "FOREIGN KEY (column, … [, PERIOD VALID_TIME]) REFERENCES parent [(column, … [, PERIOD VALID_TIME])] "
     "[ON DELETE | ON UPDATE CASCADE | SET NULL | SET DEFAULT | RESTRICT | NO ACTION]",
     "At every instant of a row's valid time there is a row that it refers to; what is cut from that one, "
     "the action cuts "
     "from the row. Where PRAGMA foreign_keys is on.",
     "CREATE TABLE bookings (id INTEGER PRIMARY KEY, room INT, FOREIGN KEY (room, PERIOD VALID_TIME) "
     "REFERENCES rooms (id, "
     "PERIOD VALID_TIME)) WITH SYSTEM VERSIONING;"},

    {"on_insert", kOption, "WITH SYSTEM VERSIONING (on_insert = unique | append | series)",
     "What an INSERT of a key that is there does: an error, or the new row replaces what was in its period, "
     "or (series) it ends where the key's next one begins, so that a late reading leaves later ones. "
     "Document tables append.",
     "CREATE TABLE log (name TEXT PRIMARY KEY, level INT) WITH SYSTEM VERSIONING (on_insert = append);"},
    {"valid_default", kOption, "WITH SYSTEM VERSIONING (valid_default = always | now)",
     "What an INSERT without a period means: valid for all time, or from now on.",
     "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT) WITH SYSTEM VERSIONING (valid_default = now);"},
    {"valid_form", kOption, "WITH SYSTEM VERSIONING (valid_form = text | integer)",
     "How bounds of valid time are shown, whatever was written; without it as the first one that is written.",
     "CREATE TABLE steps (id INTEGER PRIMARY KEY, what TEXT) WITH SYSTEM VERSIONING (valid_form = integer);"},
    {"definition", kOption, "WITH SYSTEM VERSIONING (definition = plain | literals)",
     "How the columns stand in the text that SQLite keeps: as they were written, or as SQL strings, for "
     "programs that read that text themselves and take expressions only, as DB Browser 3.12 does.",
     "CREATE TABLE shown (id INTEGER PRIMARY KEY, what TEXT) WITH SYSTEM VERSIONING (definition = "
     "literals);"},
    {"rowid", kOption, "WITHOUT ROWID, WITH SYSTEM VERSIONING | WITH SYSTEM VERSIONING (rowid = none)",
     "Says that the table is WITHOUT ROWID, as which it may be written, too: an INTEGER PRIMARY KEY is not "
     "assigned.",
     "CREATE TABLE codes (code INTEGER PRIMARY KEY, what TEXT) WITH SYSTEM VERSIONING (rowid = none);"},

    {"spectradb_sql", kFunction, "spectradb_sql(text)", "The plain SQL that a temporal statement stands for.",
     "SELECT spectradb_sql('SELECT * FROM prices AS OF 1');"},
    {"spectradb_statements", kTable, "spectradb_statements(script [, skip])",
     "The statements of a script, each with the plain SQL to run, for hosts without the prepare hook: "
     "statement, sql, start "
     "and tail, the characters in front of it and behind it.",
     "SELECT sql, tail FROM spectradb_statements('SELECT 1; SELECT * FROM prices AS OF 1', 9) LIMIT 1;"},

    {"_system_from", kColumn, "SELECT _system_from FROM table", "The commit that wrote the version.",
     "SELECT sku, _system_from FROM prices FOR SYSTEM_TIME ALL WHERE _system_from > 1;"},
    {"_system_to", kColumn, "SELECT _system_to FROM table",
     "The commit from which on the version does not hold any more; NULL where it still does.",
     "SELECT sku, price FROM prices FOR SYSTEM_TIME ALL WHERE _system_to IS NOT NULL;"},
    {"_valid_from", kColumn, "SELECT _valid_from FROM table",
     "The beginning of the row's valid period; NULL where it has none. INSERT and UPDATE may set it.",
     "INSERT INTO prices (sku, price, _valid_from) VALUES ('d', 3, '2026-01-01');"},
    {"_valid_to", kColumn, "SELECT _valid_to FROM table",
     "The end of the row's valid period, which is not part of it; NULL where it has none. INSERT and UPDATE "
     "may set it.",
     "SELECT sku FROM prices FOR ALL VALID_TIME WHERE _valid_to <= '2027-01-01';"},
    {"_committed_at", kColumn, "SELECT _committed_at FROM table", "When the version was written, in UTC.",
     "SELECT sku, _committed_at FROM prices FOR SYSTEM_TIME ALL;"},
};

}  // namespace

std::span<const Help> statements_help() { return kStatementsHelp; }

}  // namespace spectradb::extension

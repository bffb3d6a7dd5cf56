#include "sql/statements/create_table.h"

#include <doctest/doctest.h>

#include "sql/testing/fake_catalog.h"

using spectradb::Result;
using namespace spectradb::sql;

namespace {

std::string create(const std::string& sql) {
  const Reader reader(sql, tokenize(sql));
  FakeCatalog catalog;
  Result<std::optional<std::string>> text = kCreateTableForm.rewrite(reader, {0, reader.size()}, catalog);
  if (!text) return "error: " + text.status().message();
  return text->value_or("-");
}

}  // namespace

TEST_CASE("document tables") {
  CHECK(create("CREATE TABLE events (pk TEXT PRIMARY KEY)") ==
        "CREATE VIRTUAL TABLE events USING spectradb(pk TEXT PRIMARY KEY)");
  CHECK(create("create table if not exists main.\"e v\" (PK text -- the key\n primary key)") ==
        "CREATE VIRTUAL TABLE IF NOT EXISTS main.\"e v\" USING spectradb(PK text primary key)");
  CHECK(create("CREATE TEMP TABLE e (\"pk\" TEXT PRIMARY KEY)") ==
        "CREATE VIRTUAL TABLE temp.e USING spectradb(\"pk\" TEXT PRIMARY KEY)");
  CHECK(create("CREATE TEMP TABLE temp.e (pk TEXT PRIMARY KEY)") ==
        "CREATE VIRTUAL TABLE temp.e USING spectradb(pk TEXT PRIMARY KEY)");
  CHECK(create("CREATE TEMP TABLE main.e (pk TEXT PRIMARY KEY)") ==
        "error: temporary table name must be unqualified");
}

TEST_CASE("a temporal table without a rowid says so") {
  const std::string made = "CREATE VIRTUAL TABLE t USING spectradb(a INT PRIMARY KEY, rowid = none)";
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID WITH SYSTEM VERSIONING") == made);
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITHOUT ROWID, WITH SYSTEM VERSIONING") == made);
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING WITHOUT ROWID") == made);
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING, WITHOUT ROWID") == made);
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING (rowid = none, on_insert = append) "
               "WITHOUT "
               "ROWID") ==
        "CREATE VIRTUAL TABLE t USING spectradb(a INT PRIMARY KEY, on_insert = append, rowid = none)");
  CHECK(options_of_successor("on_insert = append, ROWID = none", false) == "on_insert = append");
  CHECK(options_of_successor("rowid = none", false).empty());
  CHECK(options_of_successor("", true) == "rowid = none");
  CHECK(create("CREATE TABLE t (a INT) STRICT WITH SYSTEM VERSIONING").find("cannot be STRICT") !=
        std::string::npos);
  CHECK(create("CREATE TABLE t (a INT) WITH SYSTEM VERSIONING STRICT").find("cannot be STRICT") !=
        std::string::npos);
}

TEST_CASE("options may have a WITH of their own, and belong to temporal tables") {
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING WITH (erase_by = a)") ==
        "CREATE VIRTUAL TABLE t USING spectradb(a INT PRIMARY KEY, erase_by = a)");
  CHECK(create("CREATE TABLE t (a INT PRIMARY KEY) WITH (erase_by = a)") ==
        "error: CREATE TABLE t: options are those of a temporal table: say WITH SYSTEM VERSIONING (erase_by "
        "= a)");
}

TEST_CASE("definitions keep their lines") {
  CHECK(create("CREATE TABLE t (\n\ta INT PRIMARY KEY, -- a key\n\tb TEXT,c\n)\nWITH SYSTEM VERSIONING") ==
        "CREATE VIRTUAL TABLE t USING spectradb(a INT PRIMARY KEY,\nb TEXT,c)");
  CHECK(column_list("CREATE TABLE t (a,\n  b\n, c)") == "a,\nb , c");
}

TEST_CASE("other tables stay ordinary ones") {
  for (const char* sql :
       {"CREATE TABLE t (pk TEXT PRIMARY KEY, doc)", "CREATE TABLE t (pk INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id TEXT PRIMARY KEY)", "CREATE TABLE t (pk TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE t (pk TEXT PRIMARY KEY) STRICT", "CREATE TABLE t (pk TEXT PRIMARY KEY DESC)",
        "CREATE TABLE t (pk TEXT)", "CREATE TABLE t AS SELECT 1", "CREATE VIEW v AS SELECT 1",
        "CREATE INDEX i ON t(pk)", "CREATE", "CREATE TABLE", "CREATE TABLE t", "CREATE TABLE IF NOT EXISTS",
        "CREATE TABLE t ()", "CREATE VIRTUAL TABLE t USING spectradb(pk TEXT PRIMARY KEY)"}) {
    INFO(sql);
    CHECK(create(sql) == "-");
  }
}

TEST_CASE("typed tables") {
  CHECK(create("CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance REAL DEFAULT 0 "
               "CHECK (balance >= 0)) WITH SYSTEM VERSIONING") ==
        "CREATE VIRTUAL TABLE accounts USING spectradb(id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance "
        "REAL DEFAULT 0 CHECK (balance >= 0))");
  CHECK(create("CREATE TABLE t (a /* , b */, c TEXT DEFAULT '--') WITH SYSTEM VERSIONING (on_insert = "
               "append, valid_default = now)") ==
        "CREATE VIRTUAL TABLE t USING spectradb(a , c TEXT DEFAULT '--', on_insert = append, valid_default = "
        "now)");
  CHECK(create("CREATE TABLE t (a) WITH SYSTEM VERSIONING ()") ==
        "CREATE VIRTUAL TABLE t USING spectradb(a)");
}

TEST_CASE("temporal forms that cannot be built") {
  for (const char* sql :
       {"CREATE TABLE t WITH SYSTEM VERSIONING AS SELECT 1",
        "CREATE TABLE t AS SELECT 1 WITH SYSTEM VERSIONING",
        "CREATE TABLE t (a) WITH SYSTEM VERSIONING STRICT",
        "CREATE TABLE t (a) STRICT WITH SYSTEM VERSIONING", "CREATE TABLE t () WITH SYSTEM VERSIONING",
        "CREATE TABLE t (a) WITH SYSTEM VERSIONING (x) (y)"}) {
    INFO(sql);
    CHECK(create(sql).rfind("error: ", 0) == 0);
    CHECK(create(sql).find(" t") != std::string::npos);
  }
}

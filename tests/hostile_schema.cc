// A database file that somebody else has made only holds data: whatever its views, triggers, DEFAULTs,
// CHECKs, generated columns, indexes and the extension's catalog in it call, and whatever a user then
// reads, writes or alters in good faith, no function of the extension with an effect runs, even where the
// rewriter makes the file's text part of the user's statement.
//
//   hostile_schema --extension=PATH --mode=hook|api [--automatic]
//
// For each place where a schema may hold an expression, and each expression with an effect, a copy of one
// database is edited by a connection without the extension, then used by one that has it. --automatic:
// sqlite3_auto_extension() loads the extension, so that its private databases have its functions as well.
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string extension;

// Each expression would have an effect that is visible afterwards.
constexpr const char* kExpressions[] = {
    "spectradb_backup('STOLEN')",
    "spectradb_backup('STOLEN', 'main')",
    "SPECTRADB_BACKUP ('STOLEN')",
    "\"spectradb_backup\"('STOLEN')",
    "[spectradb_backup]/* */('STOLEN')",
    "coalesce(NULL, spectradb_backup('STOLEN'))",
    "spectradb_alter('ALTER TABLE p ADD COLUMN bad')",
    "spectradb_alter('CREATE INDEX bad ON p (lower(v))')",
    "spectradb_write('INSERT INTO o VALUES (''bad'')')",
    "spectradb_count('INSERT INTO o VALUES (''bad'') RETURNING 1')",
    "spectradb_upsert('INSERT INTO o VALUES (''bad'') RETURNING 1', '0', 1)",
    "spectradb_annotate('bad', 'bad')",
    "spectradb_as_of(1)",
    "spectradb_valid_at('2001-01-01')",
    "spectradb_config('level0_files', 77)",
    "spectradb_flush()",
    "spectradb_compact()",
    "spectradb_check()",
    "spectradb_sql('SELECT 1')",
    "load_extension('STOLEN')",
};

// These statements have the same effects, for triggers.
constexpr const char* kStatements[] = {
    "INSERT INTO spectradb_do VALUES ('backup STOLEN')",
    "INSERT INTO spectradb_do(command, argument) VALUES ('backup', 'STOLEN')",
    "INSERT INTO spectradb_do(command, argument, value) VALUES ('config', 'level0_files', 77)",
    "INSERT INTO spectradb_annotations VALUES ('bad', 'bad')",
    "INSERT INTO spectradb_returned(c0) VALUES ('bad')",
    "INSERT INTO spectradb_transaction VALUES ('bad')",
    "SELECT count(*) FROM spectradb_backup('STOLEN')",
    "DELETE FROM p WHERE _define = 'CREATE INDEX bad ON p (v)'",
};

struct Place {
  const char* type;
  const char* name;
  const char* table;
  const char* sql;  // EFFECT is replaced by the expression
  bool is_virtual = false;
};

constexpr Place kPlaces[] = {
    {"view", "w", "w", "CREATE VIEW w AS SELECT id, v, EFFECT AS x FROM p"},
    {"view", "w", "w", "CREATE VIEW w(a, b) AS SELECT id, EFFECT FROM p"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT id, v FROM p WHERE EFFECT IS NOT 3"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT id, v FROM p ORDER BY EFFECT"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT v, count(*) FROM p GROUP BY EFFECT HAVING EFFECT IS NOT 3"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT id, v FROM p LIMIT coalesce(EFFECT, 1)"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT p.id, p.v FROM p JOIN o ON EFFECT IS NOT 3"},
    {"view", "w", "w", "CREATE VIEW w AS WITH c AS (SELECT EFFECT AS x, v FROM p) SELECT * FROM c"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT v, (SELECT EFFECT) AS x FROM p UNION ALL SELECT v, 1 FROM p"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT v, max(v) OVER (ORDER BY EFFECT) FROM p"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT * FROM p WHERE id IN (SELECT EFFECT FROM p)"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT EFFECT AS x"},
    {"view", "w", "w", "CREATE VIEW w AS SELECT * FROM p, json_each(EFFECT)"},
    {"table", "d", "d", "CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT DEFAULT (EFFECT))"},
    {"table", "d", "d", "CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT CHECK (EFFECT IS NOT 3))"},
    {"table", "d", "d", "CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT, x AS (EFFECT) VIRTUAL)"},
    {"index", "i", "o", "CREATE INDEX i ON o (EFFECT)"},
    {"index", "i", "o", "CREATE INDEX i ON o (a) WHERE EFFECT IS NOT 3"},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT DEFAULT (EFFECT))", true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT DEFAULT (1 + (EFFECT)), u "
     "DEFAULT 3)",
     true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT CHECK (EFFECT IS NOT 3))", true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT, CHECK (EFFECT IS NOT 3))", true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT, x AS (EFFECT))", true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT, _expression_1 AS (EFFECT))",
     true},
    {"table", "d", "d", "CREATE VIRTUAL TABLE d USING spectradb(pk TEXT PRIMARY KEY, x TEXT AS (EFFECT))",
     true},
    {"table", "d", "d",
     "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY DEFAULT (EFFECT), v TEXT)", true},
    {"trigger", "t", "o", "CREATE TRIGGER t AFTER INSERT ON o BEGIN SELECT EFFECT; END"},
    {"trigger", "t", "o", "CREATE TRIGGER t BEFORE DELETE ON o WHEN EFFECT IS NOT 3 BEGIN SELECT 1; END"},
    {"trigger", "t", "o", "CREATE TRIGGER t AFTER UPDATE ON o BEGIN INSERT INTO p(v) VALUES (EFFECT); END"},
    {"trigger", "t", "_spectradb_recent",
     "CREATE TRIGGER t AFTER INSERT ON _spectradb_recent BEGIN SELECT EFFECT; END"},
    {"trigger", "t", "_spectradb_tables",
     "CREATE TRIGGER t AFTER INSERT ON _spectradb_tables BEGIN SELECT EFFECT; END"},
    {"trigger", "t", "_spectradb_meta",
     "CREATE TRIGGER t AFTER UPDATE ON _spectradb_meta BEGIN SELECT EFFECT; END"},
};

constexpr Place kTriggers[] = {
    {"trigger", "t", "o", "CREATE TRIGGER t AFTER INSERT ON o BEGIN EFFECT; END"},
    {"trigger", "t", "_spectradb_recent",
     "CREATE TRIGGER t AFTER INSERT ON _spectradb_recent BEGIN EFFECT; END"},
};

// These are statements of a user in good faith. Each of them may fail.
constexpr const char* kUses[] = {
    "SELECT * FROM p",
    "SELECT * FROM w",
    "SELECT * FROM w AS OF 1",
    "SELECT * FROM w VALID AT '2020-01-01'",
    "SELECT * FROM main.w AS OF 1",
    "SELECT * FROM w FOR ALL SYSTEM_TIME",
    "SELECT 1 FROM w AS OF 1",
    "SELECT x FROM (SELECT * FROM w) AS OF 1",
    "SELECT * FROM p JOIN w AS OF 1 ON 1",
    "WITH c AS (SELECT * FROM w) SELECT * FROM c AS OF 1",
    "CREATE TEMP VIEW mine AS SELECT * FROM w AS OF 1",
    "SELECT * FROM mine",
    "CREATE TEMP TABLE copy AS SELECT * FROM w AS OF 1",
    "INSERT INTO d DEFAULT VALUES",
    "INSERT INTO d(id) VALUES (5)",
    "INSERT INTO d(id) SELECT 6",
    "INSERT INTO d(pk) VALUES ('k')",
    "INSERT INTO d VALUES (7, NULL)",
    "INSERT INTO d(id) VALUES (8) RETURNING *",
    "INSERT INTO d(id) VALUES (8) ON CONFLICT (id) DO UPDATE SET v = 'x'",
    "INSERT INTO d(id) VALUES (8) ON CONFLICT DO NOTHING",
    "CREATE TEMP TRIGGER fill AFTER INSERT ON o BEGIN INSERT INTO d(id) VALUES (9); END",
    "INSERT INTO o VALUES ('good')",
    "UPDATE o SET a = 'better'",
    "DELETE FROM o",
    "UPDATE d SET v = 'y'",
    "SELECT * FROM d",
    "SELECT * FROM d AS OF 1",
    "DELETE FROM d",
    "SELECT row FROM spectradb_history('d')",
    "CREATE INDEX mine ON d (v)",
    "CREATE INDEX mine_too ON d (lower(v))",
    "REINDEX d",
    "ALTER TABLE d ADD COLUMN z DEFAULT 4",
    "ALTER TABLE d DROP COLUMN z",
    "ALTER TABLE d RENAME COLUMN v TO vv",
    "ALTER TABLE d ADD SYSTEM VERSIONING",
    "INSERT INTO d(id) VALUES (11)",
    "CREATE TABLE n (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING",
    "INSERT INTO p(v) VALUES ('good')",
    "INSERT INTO p(id, v) VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET v = 'q'",
    "REINDEX",
    "ANALYZE",
    "SELECT * FROM spectradb_commits",
};

std::string with(std::string text, const std::string& word, const std::string& value) {
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += value.size())
    text.replace(at, word.size(), value);
  return text;
}

std::string doubled(const std::string& text) { return with(text, "'", "''"); }

class Template {
 public:
  explicit Template(const TemporaryDirectory& directory) : directory_(directory) {
    Database made(path_, extension);
    made.must(
        "PRAGMA synchronous = OFF;"
        "CREATE TABLE o (a);"
        "INSERT INTO o VALUES ('first');"
        "CREATE VIRTUAL TABLE p USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
        "INSERT INTO p VALUES (1, 'a');"
        "CREATE VIRTUAL TABLE d USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
        "DELETE FROM d WHERE _define = 'CREATE INDEX by_v ON d (v)'");
    schema_ = made.text("SELECT group_concat(sql, ';') FROM sqlite_master WHERE tbl_name = 'p'");
  }

  // Makes a copy of the database, and makes the edits in it.
  std::string copy(const std::string& edits) const {
    const std::string path = directory_.path("used.db");
    for (const char* behind : {"", "-spectra", "-journal"}) fs::remove_all(path + behind);
    fs::remove_all(directory_.path("stolen"));
    fs::remove_all(directory_.path("stolen") + "-spectra");
    fs::copy(path_, path);
    if (fs::exists(path_ + "-spectra"))
      fs::copy(path_ + "-spectra", path + "-spectra", fs::copy_options::recursive);
    sqlite3* db = nullptr;
    char* message = nullptr;
    sqlite3_reset_auto_extension();
    if (sqlite3_open(path.c_str(), &db) != SQLITE_OK ||
        sqlite3_exec(db, ("PRAGMA writable_schema = ON; PRAGMA synchronous = OFF;" + edits).c_str(), nullptr,
                     nullptr, &message) != SQLITE_OK)
      fail(edits + ": " + (message == nullptr ? "cannot be opened" : message));
    sqlite3_close(db);
    return path;
  }

  std::string stolen() const { return directory_.path("stolen"); }
  const std::string& schema() const { return schema_; }

 private:
  const TemporaryDirectory& directory_;
  const std::string path_ = directory_.path("template.db");
  std::string schema_;
};

int (*init)(sqlite3*, char**, const sqlite3_api_routines*) = nullptr;

// SQLite expects SQLITE_OK of an automatic extension.
int automatic(sqlite3* db, char** message, const sqlite3_api_routines* api) {
  const int code = init(db, message, api);
  return code == SQLITE_OK_LOAD_PERMANENTLY ? SQLITE_OK : code;
}

int used = 0;
int refused = 0;

void check_nothing_happened(Database& database, const Template& from, const std::string& what) {
  const auto is = [&](const std::string& sql, const std::string& wanted) {
    const Outcome outcome = database.run(sql);
    if (!outcome.is_ok()) return;  // an edited catalog may be refused as a whole
    const std::string got = outcome.rows[0][0].text;
    if (got != wanted) fail(what + "\nhas an effect: " + sql + " is " + got + ", not " + wanted);
  };
  if (fs::exists(from.stolen())) fail(what + "\nhas made a file");
  is("SELECT group_concat(sql, ';') FROM sqlite_master WHERE tbl_name = 'p'", from.schema());
  is("SELECT count(*) FROM o WHERE a = 'bad'", "0");
  is("SELECT count(*) FROM p WHERE v = 'bad'", "0");
  is("SELECT spectradb_as_of() IS NULL AND spectradb_valid_at() IS NULL", "1");
  is("SELECT count(*) FROM spectradb_config WHERE value = '77'", "0");
  is("SELECT count(*) FROM spectradb_commits WHERE notes LIKE '%bad%'", "0");
  is("SELECT count(*) FROM sqlite_master WHERE name = 'bad'", "0");
  is("SELECT count(*) FROM _spectradb_indexes WHERE name = 'bad'", "0");
}

void use(const Template& from, const std::string& edits, const std::string& what) {
  const std::string path = from.copy(edits);
  if (init != nullptr) sqlite3_auto_extension(reinterpret_cast<void (*)()>(automatic));
  Database database(path, extension);
  const bool is_readable =
      database.run("PRAGMA synchronous = OFF").is_ok();  // else SQLite refuses the schema
  for (const char* sql : kUses) {
    const Outcome outcome = database.run(sql);
    ++used;
    if (outcome.message.find("unsafe use") != std::string::npos) ++refused;
    if (fs::exists(from.stolen())) fail(what + "\n" + sql + " has made a file");
  }
  if (is_readable) check_nothing_happened(database, from, what);
  database.close();
  sqlite3_reset_auto_extension();
}

// Returns the SQL that puts the row of sqlite_master there.
std::string edit(const Place& place, const std::string& effect) {
  const std::string sql = doubled(with(place.sql, "EFFECT", effect));
  if (place.is_virtual) return "UPDATE sqlite_master SET sql = '" + sql + "' WHERE name = 'd'";
  const std::string remove =
      std::string("DELETE FROM sqlite_master WHERE name = '") + place.name + "' AND type = 'table';";
  if (std::string(place.type) == "table") {
    // SQLite makes an ordinary table, whose text is then replaced.
    return remove + "PRAGMA writable_schema = RESET; CREATE TABLE d (id INTEGER PRIMARY KEY, v TEXT);" +
           "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = '" + sql + "' WHERE name = 'd'";
  }
  if (std::string(place.type) == "index")
    return "CREATE INDEX i ON o (a); UPDATE sqlite_master SET sql = '" + sql + "' WHERE name = 'i'";
  return std::string("INSERT INTO sqlite_master(type, name, tbl_name, rootpage, sql) VALUES ('") +
         place.type + "', '" + place.name + "', '" + place.table + "', 0, '" + sql + "')";
}

// These edit the extension's own tables by hand.
constexpr const char* kCatalogEdits[] = {
    "UPDATE _spectradb_indexes SET definition = '(EFFECT)' WHERE name = 'by_v'",
    "UPDATE _spectradb_indexes SET definition = '(v) WHERE EFFECT IS NOT 3' WHERE name = 'by_v'",
    "UPDATE _spectradb_indexes SET definition = '(v); SELECT EFFECT' WHERE name = 'by_v'",
    "UPDATE _spectradb_indexes SET definition = '(v); ATTACH ''STOLEN'' AS s; CREATE TABLE s.x(a)'",
    "UPDATE _spectradb_indexes SET definition = '(v); VACUUM INTO ''STOLEN'''",
    "UPDATE _spectradb_indexes SET name = 'x\" ON d(v); SELECT EFFECT; --'",
    "UPDATE _spectradb_tables SET name = 'x\" WHERE EFFECT IS NOT 3; --' WHERE name = 'd'",
    "UPDATE _spectradb_tables SET name = 'p\" UNION SELECT EFFECT; --' WHERE name = 'p'",
    "UPDATE _spectradb_meta SET value = 'EFFECT'",
    "UPDATE _spectradb_meta SET value = '../../stolen' WHERE name = 'store_id'",
    "UPDATE _spectradb_meta SET value = 'STOLEN' WHERE name = 'store_id'",
};

void test_catalog_by_hand(const Template& from, const std::string& effect) {
  for (const char* text : kCatalogEdits) {
    const std::string edits = with(text, "EFFECT", doubled(effect));
    use(from, edits, edits);
  }
  // A table of the extension may be a view, or have columns that call something.
  use(from,
      "DELETE FROM sqlite_master WHERE name = '_spectradb_meta'; PRAGMA writable_schema = RESET; PRAGMA "
      "writable_schema = ON; INSERT INTO sqlite_master VALUES ('view', '_spectradb_meta', '_spectradb_meta', "
      "0, "
      "'CREATE VIEW _spectradb_meta AS SELECT ''format'' AS name, " +
          doubled(effect) + " AS value')",
      "_spectradb_meta is a view of " + effect);
  use(from,
      "UPDATE sqlite_master SET sql = 'CREATE TABLE _spectradb_tables(id INTEGER PRIMARY KEY, name TEXT, x "
      "AS (" +
          doubled(effect) + "))' WHERE name = '_spectradb_tables'",
      "_spectradb_tables has a column " + effect);
}

// Tables of the extension may be views of temporal tables, which cannot be read without those tables.
void test_circles(const Template& from) {
  for (const char* table : {"_spectradb_meta", "_spectradb_tables", "_spectradb_commits", "_spectradb_recent",
                            "_spectradb_indexes", "_spectradb_columns", "_spectradb_notes"}) {
    for (const char* query :
         {"SELECT * FROM p", "SELECT id AS commit_no, v AS frame, id AS time_us, v AS facts FROM p",
          "SELECT id, v AS name, v AS value, v AS definition, id AS key_id, id AS since, id AS is_unique, id "
          "AS "
          "table_id, id AS place, id AS is_added FROM p",
          "SELECT ''format'' AS name, (SELECT v FROM d) AS value"}) {
      const std::string taken(table);
      use(from,
          "DELETE FROM sqlite_master WHERE name = '" + taken +
              "'; PRAGMA writable_schema = RESET; PRAGMA writable_schema = ON; INSERT INTO sqlite_master "
              "VALUES "
              "('view', '" +
              taken + "', '" + taken + "', 0, 'CREATE VIEW " + taken + " AS " + query +
              "'); INSERT INTO sqlite_master VALUES ('trigger', 'tt', '" + taken +
              "', 0, 'CREATE TRIGGER tt INSTEAD OF INSERT ON " + taken +
              " BEGIN INSERT INTO p(v) VALUES (1); END')",
          taken + " is a view " + query);
    }
  }
}

// A schema may have objects with the names that the extension's statements use.
void test_taken_names(const Template& from) {
  for (const char* name :
       {"spectradb_raise", "spectradb_returned", "spectradb_do", "spectradb_annotations",
        "spectradb_transaction", "spectradb_history", "spectradb_commits", "spectradb_config",
        "spectradb_in_schema_commits", "_spectradb_probe", "_spectradb_columns", "_spectradb_indexes",
        "_spectradb_notes", "_spectradb_commits"}) {
    const std::string taken(name);
    const std::string path = from.copy("CREATE TABLE IF NOT EXISTS " + taken +
                                       "(error, c0, command, argument, value, name, none, in_schema);" +
                                       "CREATE TRIGGER IF NOT EXISTS grab AFTER INSERT ON " + taken +
                                       " BEGIN INSERT INTO o VALUES ('bad'); END");
    Database database(path, extension);
    for (const char* sql : kUses) database.run(sql);
    database.run("INSERT INTO p(v) VALUES ('good') RETURNING id");
    database.run(
        "BEGIN; INSERT INTO p(v) VALUES ('noted'); SELECT spectradb_annotate('why', 'asked'); COMMIT");
    database.run("BEGIN; ALTER TABLE p ADD COLUMN z; CREATE INDEX by_z ON p (z); ROLLBACK");
    if (database.run("SELECT v FROM p AS OF").is_ok())
      fail("with a table " + taken + " a mistake passes for a statement");
    // The triggers of a file on the extension's own tables may write into the same file.
    if (taken.front() == '_') continue;
    if (database.integer("SELECT count(*) FROM o WHERE a = 'bad'") != 0)
      fail("a statement of ours uses the table " + taken);
    if (database.integer("SELECT count(*) FROM p") < 3) fail("with a table " + taken + " rows are lost");
    if (taken != "spectradb_commits" &&
        database.integer("SELECT count(*) FROM spectradb_commits WHERE notes LIKE '%asked%'") != 1)
      fail("with a table " + taken + " an annotation is lost");
  }
}

// Calls every function of the extension that a connection has, even those that are not listed above, in a
// view and a trigger.
void test_every_function(const Template& from) {
  std::vector<std::pair<std::string, int64_t>> functions;
  {
    Database memory(":memory:", extension);
    const Outcome listed = memory.must(
        "SELECT name, max(narg) FROM pragma_function_list WHERE name LIKE 'spectradb%' GROUP BY name");
    for (const Row& row : listed.rows) functions.emplace_back(row[0].text, std::stoll(row[1].text));
    const std::string neither = memory.text(
        "SELECT group_concat(DISTINCT name) FROM pragma_function_list WHERE name LIKE 'spectradb%' AND flags "
        "& "
        "0x280000 = 0");
    if (neither != "NULL") fail("schemas may call these where trusted_schema is ON: " + neither);
  }
  for (const auto& [name, arguments] : functions) {
    std::string call = name + "(";
    const int64_t count = arguments < 0 ? 2 : arguments;
    for (int64_t i = 0; i < count; ++i) call += i == 0 ? "'STOLEN'" : ", 'bad'";
    const std::string effect = with(call + ")", "STOLEN", from.stolen());
    for (const char* type : {"view", "trigger"}) {
      for (const Place& place : kPlaces) {
        if (std::string(place.type) != type) continue;
        use(from, edit(place, effect), with(place.sql, "EFFECT", effect));
        break;
      }
    }
  }
  std::printf("%zu functions, each in a view and a trigger\n", functions.size());
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  const bool is_hooked = argument(argc, argv, "mode", "hook") == "hook";
  if (extension.empty()) fail("usage: hostile_schema --extension=PATH --mode=hook|api [--automatic=1]");
  choose_mode(is_hooked ? Mode::kHook : Mode::kApi);
  TemporaryDirectory directory;
  const Template from(directory);
  if (argument(argc, argv, "automatic", "") == "1") {
    void* library = dlopen(extension.c_str(), RTLD_NOW);
    void* symbol = library == nullptr ? nullptr : dlsym(library, "sqlite3_spectradb_init");
    if (symbol == nullptr) fail("cannot open " + extension);
    init = reinterpret_cast<decltype(init)>(symbol);
  }
  for (const char* expression : kExpressions) {
    const std::string effect = with(expression, "STOLEN", from.stolen());
    for (const Place& place : kPlaces) use(from, edit(place, effect), with(place.sql, "EFFECT", effect));
    test_catalog_by_hand(from, effect);
  }
  for (const char* statement : kStatements) {
    const std::string effect = with(statement, "STOLEN", from.stolen());
    for (const Place& place : kTriggers) use(from, edit(place, effect), with(place.sql, "EFFECT", effect));
  }
  test_every_function(from);
  test_circles(from);
  test_taken_names(from);
  std::printf("%d uses of databases made by somebody else had no effect; %d were refused as unsafe\n", used,
              refused);
  return 0;
}

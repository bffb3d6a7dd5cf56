// Proves that the host's authorizer is asked about a temporal table what SQLite asks it about an ordinary
// one, and that its answer counts, whichever way the table is reached. Where the extension takes the
// authorizer's place (mode hook), the host hears nothing of the extension's own tables; elsewhere (mode
// api) it hears of those, too, and its answers about them also count.
//
//   authorizer --extension=PATH --mode=hook|api
#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

std::string extension;
bool is_hooked = true;

struct Question {
  int action;
  std::string first;
  std::string second;
  std::string schema;
  bool operator<(const Question& other) const {
    return std::tie(action, first, second, schema) <
           std::tie(other.action, other.first, other.second, other.schema);
  }
  std::string text() const { return std::to_string(action) + " " + first + " " + second + " " + schema; }
};

// A host with an authorizer. It is never moved, because SQLite keeps its address.
class Host {
 public:
  explicit Host(const std::string& path) : database(path, extension) {
    sqlite3_set_authorizer(database.handle(), &Host::ask, this);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Database database;
  std::set<Question> asked;
  std::function<int(const Question&)> answer = [](const Question&) { return SQLITE_OK; };

 private:
  static int ask(void* host, int action, const char* first, const char* second, const char* schema,
                 const char*) {
    const auto text = [](const char* given) { return std::string(given == nullptr ? "" : given); };
    Question question{action, text(first), text(second), text(schema)};
    const int answered = static_cast<Host*>(host)->answer(question);
    static_cast<Host*>(host)->asked.insert(std::move(question));
    return answered;
  }
};

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

// False for questions that say nothing of the user's objects: those about SQLite's own tables, and those
// that say that a query, a transaction or a function of SQLite's ALTER TABLE is part of the statement.
bool is_about_user(const Question& question) {
  switch (question.action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return false;
    case SQLITE_FUNCTION:
      return question.second == "lower" || question.second == "max" ||
             starts_with(question.second, "spectradb_");
    default:
      return !starts_with(question.first, "sqlite_");
  }
}

// SQLite also asks for a table of which it reads no column, and does not count the rowid as a column.
bool is_asked_by_column(const std::set<Question>& asked, const Question& table) {
  return std::any_of(asked.begin(), asked.end(), [&](const Question& other) {
    return other.action == SQLITE_READ && other.first == table.first && !other.second.empty();
  });
}

std::set<Question> about_user(const std::set<Question>& asked) {
  std::set<Question> kept;
  for (const Question& question : asked) {
    const bool is_table = question.action == SQLITE_READ && question.second.empty();
    if (is_about_user(question) && !(is_table && is_asked_by_column(asked, question))) kept.insert(question);
  }
  return kept;
}

struct Step {
  const char* sql;
  const char* also = nullptr;  // a column that is read on a temporal table only
};

// VERSIONED is replaced by the words that make a table temporal, or by nothing.
constexpr Step kSteps[] = {
    {"CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT, w) VERSIONED"},
    {"INSERT INTO p VALUES (1, 'x', 2), (2, 'y', 3)"},
    {"INSERT INTO p(id, v) SELECT id + 10, v FROM p"},
    {"SELECT * FROM p"},
    {"SELECT p.rowid FROM p"},
    {"SELECT v FROM p WHERE w > 1 ORDER BY id"},
    {"SELECT count(*) FROM p"},
    {"UPDATE p SET v = 'z' WHERE id = 1"},
    {"DELETE FROM p WHERE id = 2"},
    {"CREATE VIEW seen AS SELECT id, v FROM p"},
    {"SELECT * FROM seen"},
    {"CREATE TABLE q (id INTEGER PRIMARY KEY, p INTEGER) VERSIONED"},
    {"INSERT INTO q VALUES (1, 1)"},
    {"SELECT p.v, q.id FROM p JOIN q ON q.p = p.id"},
    {"SELECT v FROM p WHERE id IN (SELECT p FROM q)"},
    {"WITH c AS (SELECT v FROM p) SELECT * FROM c"},
    {"SELECT (SELECT max(v) FROM p)"},
    {"UPDATE p SET v = 'q' FROM q WHERE q.p = p.id"},
    {"INSERT INTO p VALUES (3, 'x', 2) RETURNING id"},
    {"UPDATE p SET v = 'y' WHERE id = 1 RETURNING v"},
    {"DELETE FROM p WHERE id = 3 RETURNING *"},
    {"INSERT INTO p VALUES (1, 'z', 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v WHERE w > 1", "v"},
    {"INSERT INTO p VALUES (1, 'z', 2) ON CONFLICT DO NOTHING"},
    {"REPLACE INTO p VALUES (1, 'z', 2)"},
    {"CREATE INDEX by_v ON p (v)"},
    {"SELECT id FROM p WHERE v = 'z'"},
    {"CREATE UNIQUE INDEX IF NOT EXISTS by_both ON p (w, id)"},
    {"CREATE UNIQUE INDEX IF NOT EXISTS by_both ON p (w, id)"},
    {"CREATE INDEX by_lower ON p (lower(v))"},
    {"SELECT id FROM p WHERE lower(v) = 'z'"},
    {"REINDEX by_v"},
    {"REINDEX p"},
    {"DROP INDEX by_v"},
    {"ALTER TABLE p ADD COLUMN z INT"},
    {"ALTER TABLE p RENAME COLUMN z TO zz"},
    {"DROP INDEX by_lower"},
    {"ALTER TABLE p DROP COLUMN zz"},
    {"DROP VIEW seen"},
    {"ALTER TABLE p RENAME TO pp"},
    {"SELECT v FROM pp"},
    {"CREATE TRIGGER after_o AFTER INSERT ON o BEGIN INSERT INTO pp(v) VALUES (new.a); END"},
    {"INSERT INTO o VALUES ('by trigger')"},
    {"DELETE FROM pp"},
    {"CREATE TEMP TABLE tt (id INTEGER PRIMARY KEY, a) VERSIONED"},
    {"INSERT INTO tt VALUES (1, 2)"},
    {"SELECT a FROM tt"},
    {"CREATE INDEX temp.by_a ON tt (a)"},
    {"DROP INDEX temp.by_a"},
    {"DROP TABLE tt"},
    {"DROP TABLE pp"},
};

std::string with_versioning(std::string sql, const char* versioned) {
  const size_t at = sql.find("VERSIONED");
  return at == std::string::npos ? sql : sql.replace(at, std::string("VERSIONED").size(), versioned);
}

int test_same_questions() {
  Host ordinary(":memory:");
  Host temporal(":memory:");
  for (Host* host : {&ordinary, &temporal}) host->database.must("CREATE TABLE o (a)");
  int compared = 0;
  for (const Step& step : kSteps) {
    ordinary.asked.clear();
    temporal.asked.clear();
    ordinary.database.must(with_versioning(step.sql, ""));
    temporal.database.must(with_versioning(step.sql, "WITH SYSTEM VERSIONING"));
    std::set<Question> wanted = about_user(ordinary.asked);
    if (step.also != nullptr) wanted.insert({SQLITE_READ, "p", step.also, "main"});
    const std::set<Question> got = about_user(temporal.asked);
    for (const Question& question : wanted)
      expect(got.count(question) > 0, std::string(step.sql) + ": not asked: " + question.text());
    for (const Question& question : got)
      expect(wanted.count(question) > 0,
             std::string(step.sql) + ": asked beyond an ordinary table: " + question.text());
    compared += static_cast<int>(wanted.size());
  }
  return compared;
}

// A clause carries its times into the table by hidden columns, of which a host need not know.
int test_times_are_no_columns() {
  Host host(":memory:");
  host.database.must(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; INSERT INTO p VALUES (1, "
      "'a')");
  int count = 0;
  for (const char* sql :
       {"SELECT v FROM p AS OF 1", "SELECT v FROM p FOR ALL SYSTEM_TIME",
        "SELECT v FROM p VALID AT '2026-01-01'", "SELECT v FROM p FOR SYSTEM_TIME AS OF COMMIT 1",
        "SELECT v FROM p(1)", "SELECT v FROM p FOR SYSTEM_TIME FROM 0 TO 1"}) {
    host.asked.clear();
    host.database.must(sql);
    for (const Question& question : about_user(host.asked)) {
      expect(question.action == SQLITE_READ && question.first == "p" && question.second == "v",
             std::string(sql) + ": asked " + question.text());
      ++count;
    }
  }
  return count;
}

// This host allows the user's tables, and knows nothing else.
void test_allow_list(const std::string& path) {
  const auto only_p = [](const Question& question) {
    switch (question.action) {
      case SQLITE_READ:
      case SQLITE_INSERT:
      case SQLITE_UPDATE:
      case SQLITE_DELETE:
        return question.first == "p" && question.second[0] != '_' ? SQLITE_OK : SQLITE_DENY;
      case SQLITE_SELECT:
      case SQLITE_TRANSACTION:
        return SQLITE_OK;
      default:
        return SQLITE_DENY;
    }
  };
  {
    Host host(path);
    host.database.must(
        "CREATE TABLE p (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; CREATE INDEX i ON p (v)");
    host.answer = only_p;
    host.database.must("INSERT INTO p VALUES (1, 'a')");
    host.database.must("BEGIN; UPDATE p SET v = 'b'; COMMIT");
  }
  Host host(path);
  host.answer = only_p;
  expect(host.database.text("SELECT v FROM p WHERE v = 'b'") == "b", "an allow-list: the latest row");
  expect(host.database.text("SELECT v FROM p AS OF 1") == "a", "an allow-list: the past");
  host.database.must("INSERT INTO p VALUES (1, 'c') ON CONFLICT (id) DO UPDATE SET v = 'd'");
  expect(host.database.text("INSERT INTO p VALUES (3, 'c') RETURNING v") == "c", "an allow-list: RETURNING");
  const Outcome history = host.database.run("SELECT row FROM spectradb_history('p')");
  expect(history.message.find("access to spectradb_history.row is prohibited") != std::string::npos,
         "an allow-list: a table-valued function is a table that the host may allow: " + history.message);
  const Outcome mistaken = host.database.run("SELECT v FROM p AS OF");
  expect(mistaken.message.find("AS OF") != std::string::npos,
         "an allow-list: the rewriter's own errors are told: " + mistaken.message);
  host.asked.clear();
  expect(!host.database.run("SELECT row FROM main.spectradb_history('p')").is_ok(),
         "an allow-list: a table-valued function in a schema");
  const std::set<Question> asked = about_user(host.asked);
  expect(asked.count({SQLITE_READ, "spectradb_history", "row", "main"}) > 0,
         "an allow-list: a table-valued function in a schema is asked for by its own name");
}

constexpr const char* kWords =
    "SELECT spectradb_alter('CREATE INDEX words ON secret (spectradb_fulltext_index(ssn))');"
    "SELECT spectradb_alter('CREATE INDEX pub_words ON pub (spectradb_fulltext_index(v))')";
constexpr const char* kSecrets =
    "CREATE VIRTUAL TABLE secret USING spectradb(id INTEGER PRIMARY KEY, ssn TEXT, name TEXT);"
    "CREATE VIRTUAL TABLE pub USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
    "INSERT INTO secret VALUES (1, '078-05-1120', 'ann');"
    "INSERT INTO pub VALUES (1, 'x')";

// Tries every way to a column that the host denies.
void test_denied(const std::string& path) {
  Host host(path);
  host.database.must(kSecrets);
  host.database.must(kWords);
  host.answer = [](const Question& question) {
    return question.action == SQLITE_READ && question.first == "secret" && question.second == "ssn"
               ? SQLITE_DENY
               : SQLITE_OK;
  };
  std::vector<std::string> ways = {
      "SELECT ssn FROM secret",
      "SELECT row FROM spectradb_history('secret')",
      "SELECT row FROM spectradb_history('main.secret', 1)",
      "SELECT row FROM spectradb_changes('secret', 0, NULL, 'main')",
      "SELECT count(*) FROM spectradb_changes('secret', 0)",
      "SELECT row FROM spectradb_changes",
      "SELECT after FROM spectradb_diff('secret', 0, NULL)",
      "SELECT spectradb_backup('" + path + ".copy')",
      "SELECT * FROM spectradb_backup('" + path + ".copy')",
      "SELECT spectradb_sql('SELECT ssn FROM secret')",
      "SELECT spectradb_sql('SELECT 1; SELECT ssn FROM secret')",
      "SELECT spectradb_write('INSERT INTO pub(v) SELECT ssn FROM secret')",
      "SELECT spectradb_upsert('SELECT 1, ssn FROM secret', '1', 1)",
      "SELECT spectradb_alter('CREATE INDEX i ON secret (lower(ssn))')",
      "DELETE FROM secret WHERE _define = 'CREATE INDEX i ON secret (ssn)'",
      "INSERT INTO spectradb_do VALUES ('backup " + path + ".copy')",
      "SELECT * FROM spectradb_audit('secret')",
      "SELECT spectradb_audit_svg('secret')",
      "SELECT spectradb_plot('secret', 1)",
      "SELECT spectradb_timeline('secret')",
      "SELECT * FROM spectradb_blame('secret', 1)",
      "SELECT * FROM spectradb_search('secret', 'x', NULL, 3)",
      "SELECT * FROM spectradb_search('pub', 'x', NULL, 3, '{\"filter\": \"(SELECT ssn FROM secret) > 1\"}')",
      "SELECT * FROM spectradb_compare('secret', 'name', 1, 2)",
      "SELECT * FROM spectradb_reach('secret', 1, 3, 'out', 'ssn', 'id')",
      "SELECT spectradb_erase('secret', 1)",
      "SELECT spectradb_proof('secret', 1)",
      "SELECT spectradb_revert(1)",
      "SELECT * FROM spectradb_dump",
  };
  if (is_hooked) {
    for (const char* sql :
         {"SELECT ssn FROM secret AS OF 1", "SELECT * FROM secret FOR ALL SYSTEM_TIME",
          "INSERT INTO pub VALUES (5, 'q') RETURNING (SELECT ssn FROM secret)",
          "INSERT INTO pub VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET v = (SELECT ssn FROM secret)",
          "SELECT row FROM main.spectradb_history('secret')", "CREATE INDEX i ON secret (ssn)",
          "UPDATE secret SET name = 'b' RETURNING ssn"})
      ways.emplace_back(sql);
  }
  for (const std::string& sql : ways) {
    const Outcome outcome = host.database.run(sql);
    expect(
        !outcome.is_ok() && outcome.message.find("access to secret.ssn is prohibited") != std::string::npos,
        sql + ": " + outcome.message + describe(outcome.rows));
  }
  expect(!std::filesystem::exists(path + ".copy"), "a denied backup left a file");
  // An indexed expression and the identity of a row tell the values of columns as well.
  host.answer = [](const Question&) { return SQLITE_OK; };
  host.database.must("SELECT spectradb_alter('CREATE INDEX i ON secret (lower(ssn))')");
  host.answer = [](const Question& question) {
    const bool is_hidden = question.second == "ssn" || question.second == "id";
    return question.action == SQLITE_READ && question.first == "secret" && is_hidden ? SQLITE_DENY
                                                                                     : SQLITE_OK;
  };
  if (!is_hooked) return;
  for (const char* sql :
       {"SELECT _expression_1 FROM secret", "SELECT _key FROM secret", "SELECT _rowid FROM secret"})
    expect(!host.database.run(sql).is_ok(), std::string(sql) + " tells what is denied");
}

// After SQLITE_IGNORE the column is NULL wherever it would be shown.
void test_ignored(const std::string& path) {
  Host host(path);
  host.database.must(kSecrets);
  host.database.must(kWords);
  host.answer = [](const Question& question) {
    return question.action == SQLITE_READ && question.first == "secret" && question.second == "ssn"
               ? SQLITE_IGNORE
               : SQLITE_OK;
  };
  const auto is = [&](const std::string& sql, const std::string& wanted) {
    const std::string got = host.database.text(sql);
    expect(got == wanted, sql + ": " + got);
  };
  is("SELECT ssn FROM secret", "NULL");
  is("SELECT row FROM spectradb_history('secret')", "{\"id\":1,\"ssn\":null,\"name\":\"ann\"}");
  is("SELECT row FROM spectradb_changes('secret', 0)", "{\"id\":1,\"ssn\":null,\"name\":\"ann\"}");
  is("SELECT after FROM spectradb_diff('secret', 0)", "{\"id\":1,\"ssn\":null,\"name\":\"ann\"}");
  is("SELECT after FROM spectradb_audit('secret')", "{\"id\":1,\"ssn\":null,\"name\":\"ann\"}");
  is("SELECT count(*) FROM spectradb_blame('secret', 1) WHERE value = '078-05-1120'", "0");
  is("SELECT count(*) FROM spectradb_compare('secret', 'ssn', '078-05-1120', 'x')", "0");
  expect(!host.database.run("SELECT * FROM spectradb_search('secret', '078', NULL, 3)").is_ok(),
         "words of a hidden column are found");
  expect(!host.database.run("SELECT spectradb_backup('" + path + ".copy')").is_ok(),
         "a copy has every column");
  host.database.must("UPDATE secret SET name = 'bob'");
  if (is_hooked) {
    is("SELECT ssn FROM secret AS OF 1", "NULL");
    is("UPDATE secret SET name = 'eve' RETURNING ssn", "NULL");
  }
  host.answer = [](const Question&) { return SQLITE_OK; };
  sqlite3_set_authorizer(host.database.handle(), nullptr, nullptr);
  is("SELECT ssn FROM secret", "078-05-1120");
  // A key that is hidden cannot be searched for either.
  host.database.must(
      "CREATE VIRTUAL TABLE k USING spectradb(code TEXT PRIMARY KEY, v); INSERT INTO k VALUES ('s3', 1)");
  Host other(path);
  other.answer = [](const Question& question) {
    return question.action == SQLITE_READ && question.second == "code" ? SQLITE_IGNORE : SQLITE_OK;
  };
  expect(other.database.integer("SELECT count(*) FROM spectradb_history('k')") == 1,
         "history of a hidden key");
  expect(other.database.integer("SELECT count(*) FROM spectradb_history('k', 's3')") == 0,
         "a hidden key was found");
  expect(other.database.integer("SELECT count(*) FROM spectradb_history('k') WHERE key = 's3'") == 0,
         "a hidden key was compared");
  expect(other.database.text("SELECT key FROM spectradb_history('k')") == "NULL", "a hidden key was shown");
}

struct DeniedAction {
  int action;
  std::string first;
  const char* sql;
};

// Neither a statement nor a function does an action that the host denies.
void test_denied_actions(const std::string& path) {
  Host host(path);
  host.database.must(kSecrets);
  host.database.must("DELETE FROM pub WHERE _define = 'CREATE INDEX old ON pub (v)'");
  const DeniedAction denied[] = {
      {SQLITE_CREATE_INDEX, "new", "DELETE FROM pub WHERE _define = 'CREATE INDEX new ON pub (v)'"},
      {SQLITE_CREATE_INDEX, "new", "SELECT spectradb_alter('CREATE INDEX new ON pub (lower(v))')"},
      {SQLITE_DROP_INDEX, "old", "DELETE FROM pub WHERE _define = 'DROP INDEX old'"},
      {SQLITE_REINDEX, "old", "DELETE FROM pub WHERE _define = 'REINDEX old'"},
      {SQLITE_ALTER_TABLE, "main", "SELECT spectradb_alter('ALTER TABLE pub ADD COLUMN w')"},
      {SQLITE_ALTER_TABLE, "main", "SELECT spectradb_alter('ALTER TABLE pub RENAME COLUMN v TO w')"},
      {SQLITE_ALTER_TABLE, "main", "SELECT spectradb_alter('ALTER TABLE pub DROP COLUMN v')"},
      {SQLITE_PRAGMA, "spectradb_flush", "SELECT spectradb_flush()"},
      {SQLITE_PRAGMA, "spectradb_compact", "SELECT spectradb_compact()"},
      {SQLITE_PRAGMA, "spectradb_flush", "INSERT INTO spectradb_do VALUES ('flush')"},
      {SQLITE_PRAGMA, "spectradb_config", "SELECT spectradb_config('level0_files', 9)"},
      {SQLITE_PRAGMA, "spectradb_as_of", "SELECT spectradb_as_of(1)"},
      {SQLITE_PRAGMA, "spectradb_valid_at", "SELECT spectradb_valid_at('2020-01-01')"},
      {SQLITE_ATTACH, path + ".copy", "SELECT count(*) FROM spectradb_backup(main)"},
      {SQLITE_INSERT, "pub", "SELECT spectradb_write('INSERT INTO pub VALUES (9, 9)')"},
      {SQLITE_CREATE_VTABLE, "spectradb_later_notes", "SELECT spectradb_annotate('a', 1, 1)"},
      {SQLITE_INSERT, "spectradb_later_notes", "SELECT spectradb_annotate('a', 1, 1)"},
      {SQLITE_DELETE, "spectradb_later_notes", "SELECT spectradb_annotate('a', NULL, 1)"},
  };
  const std::string schema = host.database.text("SELECT group_concat(sql) FROM sqlite_master");
  for (const DeniedAction& one : denied) {
    std::string sql = one.sql;
    if (const size_t at = sql.find("(main)"); at != std::string::npos)
      sql.replace(at, 6, "('" + path + ".copy')");
    host.answer = [&](const Question& question) {
      return question.action == one.action && question.first == one.first ? SQLITE_DENY : SQLITE_OK;
    };
    const Outcome outcome = host.database.run(sql);
    expect(!outcome.is_ok() && outcome.message.find("not authorized") != std::string::npos,
           sql + ": " + outcome.message);
    host.answer = [](const Question&) { return SQLITE_OK; };
    expect(host.database.text("SELECT group_concat(sql) FROM sqlite_master") == schema,
           sql + " did something");
    expect(host.database.text("SELECT spectradb_as_of() || '' || spectradb_valid_at()") == "NULL", sql);
  }
  expect(host.database.integer("SELECT count(*) FROM pub") == 1, "a denied write was done");
  host.database.must("DELETE FROM pub WHERE _define = 'DROP INDEX old'");
}

// Tests spectradb_lock() beside an authorizer and a progress handler of the host.
void test_lock(const std::string& path) {
  Host host(path);
  host.database.must(kSecrets);
  static int ticks;
  ticks = 0;
  static bool stops;
  stops = false;
  const auto progress = [](void*) {
    ++ticks;
    return stops ? 1 : 0;
  };
  sqlite3_progress_handler(host.database.handle(), 10, progress, nullptr);
  host.answer = [](const Question& question) {
    return question.action == SQLITE_READ && question.second == "ssn" ? SQLITE_DENY : SQLITE_OK;
  };
  host.database.must("SELECT spectradb_lock('read', 1000000, 50)");
  const char* const counting =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) SELECT count(*) FROM n";
  const auto is_asked = [&] {
    host.asked.clear();
    host.database.must("SELECT name FROM secret");
    expect(host.asked.count({SQLITE_READ, "secret", "name", "main"}) > 0, "locked: the host is asked");
    const Outcome denied = host.database.run("SELECT ssn FROM secret");
    expect(denied.message.find("access to secret.ssn is prohibited") != std::string::npos,
           "locked: the host's answer counts: " + denied.message);
    expect(!host.database.run("INSERT INTO pub VALUES (9, 'z')").is_ok(), "locked: a write");
    ticks = 0;
    host.database.must(counting);
    expect(ticks > 10, "locked: the host's progress handler is called");
    stops = true;
    expect(host.database.run(counting).code == SQLITE_INTERRUPT, "locked: the host's progress handler stops");
    stops = false;
    expect(host.database
                   .run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 51) SELECT i "
                        "FROM n")
                   .code == SQLITE_INTERRUPT,
           "locked: 51 rows");
  };
  is_asked();
  if (!is_hooked) return;
  // What the host sets later does not displace the lock.
  sqlite3_set_authorizer(host.database.handle(), nullptr, nullptr);
  expect(!host.database.run("INSERT INTO pub VALUES (9, 'z')").is_ok(), "locked: no authorizer, and a write");
  expect(!host.database.run("PRAGMA query_only = 0").is_ok(), "locked: no authorizer, and a PRAGMA");
  sqlite3_progress_handler(host.database.handle(), 20, progress, nullptr);
  ticks = 0;
  host.database.must(counting);
  expect(ticks > 10, "locked: the host's later progress handler is called");
  expect(
      host.database
              .run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 51) SELECT i FROM n")
              .code == SQLITE_INTERRUPT,
      "locked: 51 rows beside a later handler");
}

// A connection that is already traced cannot be limited, and is told so.
void test_lock_and_trace(const std::string& path) {
  Database database(path, extension);
  sqlite3_trace_v2(
      database.handle(), SQLITE_TRACE_STMT, [](unsigned, void*, void*, void*) { return 0; }, nullptr);
  const Outcome limited = database.run("SELECT spectradb_lock('read', 10)");
  expect(limited.message.find("sqlite3_trace_v2()") != std::string::npos, "traced: " + limited.message);
  database.must("CREATE TABLE still (a)");
  database.must("SELECT spectradb_lock('read')");
  expect(!database.run("DROP TABLE still").is_ok(), "traced: locked without limits");
}

// An authorizer that was set before the extension was loaded stays in force.
void test_set_before_loading(const std::string& path) {
  Database plain(path, "");
  static int count = 0;
  sqlite3_set_authorizer(
      plain.handle(),
      [](void*, int action, const char* first, const char* second, const char*, const char*) {
        ++count;
        const bool is_secret = action == SQLITE_READ && first != nullptr && std::string(first) == "secret" &&
                               std::string(second) == "ssn";
        return is_secret ? SQLITE_DENY : SQLITE_OK;
      },
      nullptr);
  sqlite3_enable_load_extension(plain.handle(), 1);
  char* message = nullptr;
  expect(sqlite3_load_extension(plain.handle(), extension.c_str(), nullptr, &message) == SQLITE_OK,
         "loading");
  expect(count == 0, "loading asks the host nothing");
  plain.must(kSecrets);
  const int before = count;
  expect(!plain.run("SELECT row FROM spectradb_history('secret')").is_ok(), "set before loading: history");
  expect(!plain.run("SELECT ssn FROM secret").is_ok(), "set before loading: SELECT");
  expect(count > before, "set before loading: asked");
  sqlite3_set_authorizer(plain.handle(), nullptr, nullptr);
  plain.must("SELECT row FROM spectradb_history('secret'); SELECT ssn FROM secret");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  is_hooked = argument(argc, argv, "mode", "hook") == "hook";
  if (extension.empty()) fail("usage: authorizer --extension=PATH --mode=hook|api");
  choose_mode(is_hooked ? Mode::kHook : Mode::kApi);
  TemporaryDirectory directory;
  test_set_before_loading(directory.path("before.db"));
  test_denied(directory.path("denied.db"));
  test_ignored(directory.path("ignored.db"));
  test_denied_actions(directory.path("actions.db"));
  test_lock(directory.path("lock.db"));
  test_lock_and_trace(directory.path("trace.db"));
  if (!is_hooked) return 0;
  const int questions = test_same_questions();
  const int reads = test_times_are_no_columns();
  test_allow_list(directory.path("allowed.db"));
  std::printf("%d questions about the user's objects are those of ordinary tables, %d reads at other times\n",
              questions, reads);
  return 0;
}

// A trace of a connection shows each statement of the host once, and the statements that the extension runs
// for it can be recognized: they begin with a mark of their own, or with the "-- " that SQLite puts in
// front of a statement that runs inside another one.
// usage: trace --extension=MODULE
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/database.h"

namespace {

using spectradb::tests::Database;

std::vector<std::string> g_traced;

int on_statement(unsigned, void*, void* statement, void* text) {
  // A statement that runs inside another one is known by the text that the trace gives, all others by the
  // statement's own.
  const std::string_view shown = static_cast<const char*>(text);
  g_traced.emplace_back(shown.starts_with("--") ? shown.data()
                                                : sqlite3_sql(static_cast<sqlite3_stmt*>(statement)));
  return 0;
}

bool is_of_host(std::string_view text) {
  return !text.starts_with("-- ") && !text.starts_with("/* spectradb */");
}

constexpr const char* kStatements[] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'd', CHECK (id < 100)) WITH SYSTEM VERSIONING",
    "CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT)",
    "CREATE INDEX t_by_v ON t (v)",
    "INSERT INTO t (id) VALUES (1)",
    "INSERT INTO t VALUES (2, 'b') RETURNING id",
    "INSERT INTO t VALUES (2, 'c') ON CONFLICT (id) DO UPDATE SET v = excluded.v",
    "UPDATE t FOR PORTION OF VALID_TIME FROM '2026-01-01' TO '2027-01-01' SET v = 'p'",
    "DELETE FROM t WHERE id = 1",
    "SELECT * FROM t AS OF 1",
    "SELECT count(*) FROM t VALID AT '2026-06-01' JOIN o ON o.id = t.id",
    "BEGIN",
    "INSERT INTO o SELECT id, v FROM t",
    "COMMIT",
    "SELECT * FROM spectradb_history('t')",
    "SELECT * FROM spectradb_tables",
    "SELECT spectradb_commit()",
    "SELECT spectradb_hooked()",
    "SELECT sql FROM spectradb_statements('SELECT 1; SELECT * FROM t AS OF 1')",
    "DROP TABLE t",
};

int run(const std::string& extension) {
  // The same statements come by other functions.
  const auto by_utf16 = [](Database& database, const std::string& text) {
    const std::u16string wide(text.begin(), text.end());
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare16_v2(database.handle(), wide.c_str(), -1, &statement, nullptr);
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    sqlite3_finalize(statement);
  };
  int failures = 0;
  for (const int way : {0, 1, 2}) {
    Database database(":memory:", extension);
    for (const char* text : kStatements) {
      sqlite3_trace_v2(database.handle(), SQLITE_TRACE_STMT, on_statement, nullptr);
      g_traced.clear();
      if (way == 0) database.must(text);
      if (way == 1) by_utf16(database, text);
      if (way == 2) sqlite3_exec(database.handle(), text, nullptr, nullptr, nullptr);
      sqlite3_trace_v2(database.handle(), 0, nullptr, nullptr);
      std::vector<std::string> of_host;
      for (const std::string& traced : g_traced) {
        if (is_of_host(traced)) of_host.push_back(traced);
      }
      if (of_host.size() == 1) continue;
      ++failures;
      std::fprintf(stderr, "%s: %zu statements of the host are traced\n", text, of_host.size());
      for (const std::string& traced : of_host) std::fprintf(stderr, "  %s\n", traced.c_str());
    }
  }
  std::printf("%zu statements, each traced once, whichever way they come in\n", std::size(kStatements));
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kExtension = "--extension=";
  if (argc != 2 || !std::string_view(argv[1]).starts_with(kExtension)) {
    std::fprintf(stderr, "usage: trace --extension=MODULE\n");
    return 2;
  }
  spectradb::tests::choose_mode(spectradb::tests::Mode::kHook);
  return run(argv[1] + kExtension.size());
}

// Counts the memory that each kind of statement takes for values of many megabytes, of which keys have
// several versions, beside the memory that an ordinary table takes for the same. Each step must take no
// more than kMostTimes the value (and kBesides), counted from what there was before it. The CPU time of
// both is printed for people; no test looks at it.
//
//   large_values --extension=PATH [--megabytes=N] [--versions=N] [--storage=directory|rows]
#include <sys/resource.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "tests/counted_memory.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr double kMostTimes = 3;
constexpr double kWritten = -1.5;    // a write copies the value once, and what else it takes is no part of it
constexpr double kRewritten = -0.5;  // an UPDATE holds the old value, too
constexpr double kReadToo = 1;  // what a SET reads SQLite keeps beside what it makes, of ordinary tables, too
constexpr uint64_t kBesides = 8u << 20;  // for pages, caches and statements, whatever the value's size

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Cost {
  uint64_t bytes = 0;
  double seconds = 0;
};

// Makes a JSON text that hardly compresses.
std::string document(size_t size_bytes, uint64_t random) {
  std::string text = "\"";
  text.reserve(size_bytes);
  while (text.size() + 1 < size_bytes) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    text.push_back(static_cast<char>('a' + random % 26));
  }
  text.push_back('"');
  return text;
}

class LargeValues {
 public:
  LargeValues(std::string extension, std::string storage, size_t size_bytes, int versions)
      : extension_(std::move(extension)),
        storage_(std::move(storage)),
        size_bytes_(size_bytes),
        versions_(versions),
        first_(document(size_bytes, 88172645463325252)),
        second_(document(size_bytes, 362436069)) {
    ::setenv("SPECTRADB_COPY_FOLDER", directory_.path("").c_str(), 1);
  }

  void run() {
    std::printf("%-34s %22s %22s\n", "", "ordinary", "temporal");
    for (const bool is_document : {false, true}) run_kind(is_document);
    if (worst_ > kMostTimes)
      fail(worst_step_ + " takes more than " + std::to_string(kMostTimes) + " times the value");
  }

 private:
  void run_kind(bool is_document) {
    const std::string create = is_document
                                   ? "CREATE TABLE t (pk TEXT PRIMARY KEY)"
                                   : "CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT) WITH SYSTEM VERSIONING";
    open("temporal.db", create, &temporal_);
    open("ordinary.db", "CREATE TABLE t (pk TEXT PRIMARY KEY, doc TEXT) WITHOUT ROWID", &ordinary_);
    const char* const kind = is_document ? "document: " : "typed: ";
    // Waits for the work in the background.
    const auto both = [&](const std::string& what, const std::string& sql, const std::string* value,
                          double besides = 0) {
      const auto work = [&](Database& database) {
        execute(database, sql.c_str(), value);
        if (&database == &temporal_) execute(database, "SELECT spectradb_flush()", nullptr);
      };
      step(kind + what, work, besides);
    };
    step(
        std::string(kind) + "BEGIN, INSERT",
        [&](Database& database) { execute(database, "BEGIN; INSERT INTO t VALUES ('a', ?1)", &first_); },
        kWritten);
    step(std::string(kind) + "SELECT of one's own",
         [&](Database& database) { execute(database, "SELECT doc FROM t", nullptr); });
    both("COMMIT", "COMMIT", nullptr);
    both("SELECT", "SELECT doc FROM t", nullptr);
    both("SELECT length()", "SELECT length(doc) FROM t WHERE pk = 'a'", nullptr);
    both("UPDATE", "UPDATE t SET doc = ?1 WHERE pk = 'a'", &second_, kRewritten);
    both("INSERT RETURNING", "INSERT INTO t VALUES ('b', ?1) RETURNING doc", &first_);
    both("UPDATE RETURNING", "UPDATE t SET doc = ?1 WHERE pk = 'b' RETURNING doc", &second_);
    const std::string upsert = "INSERT INTO t VALUES ('b', ?1) ON CONFLICT (pk) DO UPDATE SET doc = ";
    both("ON CONFLICT DO UPDATE", upsert + "excluded.doc", &first_);
    both("ON CONFLICT DO UPDATE, parameter", upsert + "?1", &second_);
    both("ON CONFLICT DO UPDATE RETURNING", upsert + "excluded.doc RETURNING doc", &second_);
    both("ON CONFLICT DO NOTHING", "INSERT INTO t VALUES ('b', ?1) ON CONFLICT DO NOTHING", &first_);
    both("DELETE RETURNING", "DELETE FROM t WHERE pk = 'b' RETURNING doc", nullptr);
    both("INSERT behind it", "INSERT INTO t VALUES ('b', ?1)", &first_);
    step(std::string(kind) + "UPDATE, ROLLBACK TO", [&](Database& database) {
      execute(database, "BEGIN; SAVEPOINT s; UPDATE t SET doc = ?1 WHERE pk = 'b'; ROLLBACK TO s; COMMIT",
              &first_);
    });
    both("UPDATE of another column", "UPDATE t SET pk = 'c' WHERE pk = 'b'", nullptr);
    only_temporal(std::string(kind) + "history", "SELECT doc FROM t FOR SYSTEM_TIME ALL");
    only_temporal(std::string(kind) + "spectradb_history()", "SELECT count(row) FROM spectradb_history('t')");
    only_temporal(std::string(kind) + "spectradb_changes(), row",
                  "SELECT count(row) FROM spectradb_changes('t')");
    only_temporal(std::string(kind) + "spectradb_changes(), before",
                  "SELECT count(before) FROM spectradb_changes('t')");
    only_temporal(std::string(kind) + "spectradb_changes(), pieces",
                  "SELECT count(pieces) FROM spectradb_changes('t')");
    only_temporal(std::string(kind) + "spectradb_diff()",
                  "SELECT count(before), count(after) FROM spectradb_diff('t', 1)");
    only_temporal(std::string(kind) + "compact", "SELECT spectradb_compact()");
    only_temporal(std::string(kind) + "check", "SELECT spectradb_check()");
    only_temporal(std::string(kind) + "backup",
                  ("SELECT spectradb_backup('" + directory_.path("backup.db") + "')").c_str());
    both("SELECT of what was merged", "SELECT doc FROM t WHERE pk = 'a'", nullptr);
    both("DELETE", "DELETE FROM t WHERE pk = 'c'", nullptr);
    both("INSERT again", "INSERT INTO t VALUES ('d', ?1)", &first_);
    step(std::string(kind) + "open and SELECT", [&](Database& database) {
      const std::string path = sqlite3_db_filename(database.handle(), "main");
      const bool is_temporal = &database == &temporal_;
      database.close();
      database = Database(path, is_temporal ? extension_ : "");
      execute(database, "SELECT doc FROM t WHERE pk = 'd'", nullptr);
    });
    many_versions(kind);
    many_rows(kind);
    temporal_.close();
    ordinary_.close();
    for (const char* name : {"temporal.db", "ordinary.db", "backup.db", "many.db", "copy", "dump.sql"}) {
      std::filesystem::remove_all(directory_.path(name) + "-spectra");
      std::filesystem::remove(directory_.path(name));
    }
  }

  // However many versions a row has, what reads all of them has few of them in memory at a time.
  void many_versions(const std::string& kind) {
    for (int i = 0; i < versions_; ++i)
      execute(temporal_, "UPDATE t SET doc = ?1 WHERE pk = 'd'", i % 2 == 0 ? &second_ : &first_);
    execute(temporal_, "SELECT spectradb_flush()", nullptr);
    const std::pair<const char*, std::string> readers[] = {
        {"history", "SELECT count(doc) FROM t FOR SYSTEM_TIME ALL WHERE pk = 'd'"},
        {"spectradb_history()", "SELECT count(row) FROM spectradb_history('t', 'd')"},
        {"spectradb_changes()", "SELECT count(row), count(before) FROM spectradb_changes('t')"},
        {"spectradb_blame()", "SELECT count(value) FROM spectradb_blame('t', 'd')"},
        {"spectradb_diff()", "SELECT count(before), count(after) FROM spectradb_diff('t', 1)"},
        {"COPY TO", "COPY t TO '" + directory_.path("copy") + "' WITH (HISTORY)"},
        {"spectradb_dump()", "SELECT spectradb_dump('" + directory_.path("dump.sql") + "')"},
        {"spectradb_check()", "SELECT spectradb_check()"},
        {"spectradb_backup()", "SELECT spectradb_backup('" + directory_.path("many.db") + "')"},
        {"spectradb_compact()", "SELECT spectradb_compact()"},
        {"spectradb_erase()", "SELECT spectradb_erase('t', 'd')"},
    };
    for (const auto& [what, sql] : readers)
      only_temporal(kind + std::to_string(versions_) + " versions, " + what, sql.c_str());
  }

  // What writes rows that SQLite has to find first, as it cannot know that there is but one.
  void many_rows(const std::string& kind) {
    const auto both = [&](const char* what, const char* sql) {
      step(kind + what, [&](Database& database) { execute(database, sql, nullptr); });
    };
    both("UPDATE of all rows", "UPDATE t SET pk = upper(pk)");
    both("UPDATE of all rows back", "UPDATE t SET pk = lower(pk)");
    const auto portion = [&](const char* what, const std::string& head, const std::string& rest,
                             const std::string* value, double besides = 0) {
      const std::string sql = head + " FOR PORTION OF VALID_TIME FROM '2020-01-01' TO '2021-01-01' " + rest;
      only_temporal(kind + what, sql.c_str(), value, besides);
    };
    portion("FOR PORTION OF, doc || ''", "UPDATE t", "SET doc = doc || '' WHERE pk = 'a'", nullptr, kReadToo);
    portion("FOR PORTION OF", "UPDATE t", "SET doc = ?1 WHERE pk = 'a'", &first_);
    portion("FOR PORTION OF another column", "UPDATE t", "SET pk = 'z' WHERE pk = 'a'", nullptr);
    portion("DELETE FOR PORTION OF", "DELETE FROM t", "WHERE pk = 'z'", nullptr);
  }

  void open(const char* name, const std::string& create, Database* database) {
    *database = Database(directory_.path(name), database == &temporal_ ? extension_ : "");
    if (database == &temporal_) database->must("SELECT spectradb_config('storage', '" + storage_ + "')");
    database->must(create);
    database->must("PRAGMA cache_size = -1000");
    if (database == &temporal_)
      database->must("SELECT spectradb_config('level0_files', 64)");  // only the step that asks merges
  }

  // Runs every statement of the text; reads rows as a host does, which copies nothing.
  void execute(Database& database, const char* sql, const std::string* value) const {
    while (*sql != '\0') {
      sqlite3_stmt* statement = nullptr;
      if (sqlite3_prepare_v2(database.handle(), sql, -1, &statement, &sql) != SQLITE_OK)
        fail(std::string(sql) + ": " + sqlite3_errmsg(database.handle()));
      if (value != nullptr && sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_text64(statement, 1, value->data(), value->size(), SQLITE_STATIC, SQLITE_UTF8);
      int code = SQLITE_ROW;
      while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        const auto* text = sqlite3_column_text(statement, 0);
        const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, 0));
        if (text == nullptr || (size >= size_bytes_ && text[0] != '"')) fail("a value is another one");
      }
      if (code != SQLITE_DONE)
        fail(std::string(sqlite3_sql(statement)) + ": " + sqlite3_errmsg(database.handle()));
      sqlite3_finalize(statement);
    }
  }

  static Cost cost_of(const std::function<void()>& work) {
    const double start = cpu_seconds();
    begin_counting();
    work();
    return {most_bytes_since(), cpu_seconds() - start};
  }

  void step(const std::string& what, const std::function<void(Database&)>& work, double besides = 0) {
    const Cost ordinary = cost_of([&] { work(ordinary_); });
    const Cost temporal = cost_of([&] { work(temporal_); });
    const auto times = [&](const Cost& cost) {
      return static_cast<double>(cost.bytes) / static_cast<double>(size_bytes_);
    };
    std::printf("%-34s %7.2f values %6.2f s %7.2f values %6.2f s\n", what.c_str(), times(ordinary),
                ordinary.seconds, times(temporal), temporal.seconds);
    note(what, temporal, besides);
  }

  void only_temporal(const std::string& what, const char* sql, const std::string* value = nullptr,
                     double besides = 0) {
    const Cost cost = cost_of([&] { execute(temporal_, sql, value); });
    std::printf("%-34s %22s %7.2f values %6.2f s\n", what.c_str(), "",
                static_cast<double>(cost.bytes) / static_cast<double>(size_bytes_), cost.seconds);
    note(what, cost, besides);
  }

  void note(const std::string& what, const Cost& cost, double besides = 0) {
    const uint64_t bytes = cost.bytes > kBesides ? cost.bytes - kBesides : 0;
    const double times = static_cast<double>(bytes) / static_cast<double>(size_bytes_) - besides;
    if (times <= worst_) return;
    worst_ = times;
    worst_step_ = what;
  }

  const std::string extension_;
  const std::string storage_;
  const size_t size_bytes_;
  const int versions_;
  const std::string first_;
  const std::string second_;
  TemporaryDirectory directory_;
  Database temporal_;
  Database ordinary_;
  double worst_ = 0;
  std::string worst_step_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty())
    fail("usage: large_values --extension=PATH [--megabytes=N] [--versions=N] [--storage=directory|rows]");
  const size_t megabytes = std::strtoull(argument(argc, argv, "megabytes", "32").c_str(), nullptr, 10);
  const int versions = std::atoi(argument(argc, argv, "versions", "4").c_str());
  choose_mode(Mode::kHook);
  LargeValues(extension, argument(argc, argv, "storage", "directory"), megabytes << 20, versions).run();
  return 0;
}

// Copies a database that has its store inside, by all means that SQLite has: beside a writer, onto a
// database that is open, and in memory. Each copy is checked, and has the history of its source up to the
// copy's last commit; then it takes commits of its own.
//
//   copies --extension=PATH --journal=DELETE|WAL
#include <algorithm>
#include <cstdio>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kCommits = 400;
constexpr int kPagesOfStep = 5;
constexpr int kWritesOfBackup = 40;

const char* const kTables =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER) WITH SYSTEM VERSIONING;"
    "CREATE INDEX by_n ON t (n);"
    "CREATE TABLE p (k TEXT PRIMARY KEY, v) WITH SYSTEM VERSIONING;"
    "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT)";

class Copies {
 public:
  Copies(std::string extension, std::string journal)
      : extension_(std::move(extension)), journal_(std::move(journal)) {}

  void run() {
    {
      Database database(path_, extension_);
      database.must("SELECT spectradb_config('storage', 'rows'); PRAGMA journal_mode = " + journal_);
      prepare(database);
      database.must(kTables);
      for (int commit = 0; commit < kCommits; ++commit) write(database);
      by_backup_beside_a_writer(database);
      onto_an_open_database(database);
      by_vacuum(database);
      in_memory(database);
    }
    of_the_closed_file();
    std::printf("%d copies are whole, each with the history of its last commit\n", copies_);
  }

 private:
  // Small memtables make for many flushes, running merges, and frames that wait in the rows of commits.
  void prepare(Database& database) const {
    database.must("PRAGMA synchronous = OFF; SELECT spectradb_config('memtable_max_bytes', 4096)");
  }

  void write(Database& database) {
    const std::string id = std::to_string(++written_ % 97);
    database.must("BEGIN; INSERT INTO t VALUES (" + id + ", hex(randomblob(60)), " +
                  std::to_string(written_ % 13) +
                  ") ON CONFLICT DO UPDATE SET v = excluded.v, n = excluded.n; "
                  "INSERT OR REPLACE INTO plain SELECT id, v FROM t WHERE id = " +
                  id + "; COMMIT");
    if (written_ % 11 == 0)
      database.must("INSERT INTO p VALUES ('k" + id + "', " + id +
                    ") VALID FROM '2026-01-01' ON CONFLICT DO NOTHING");
    if (written_ % 17 == 0) database.must("DELETE FROM t WHERE id = " + id);
    if (written_ % 151 == 0) database.must("SELECT spectradb_compact()");
  }

  // Returns the history up to a commit that both databases have.
  static std::string history(Database& database, const std::string& commit) {
    std::string all;
    for (const char* table : {"t", "p"})
      all +=
          describe(database
                       .must("SELECT commit_no, committed_at, operation, key, row FROM spectradb_history('" +
                             std::string(table) + "') WHERE commit_no <= " + commit +
                             " ORDER BY commit_no, key, _valid_from")
                       .rows);
    for (const std::string& at : {commit, std::to_string(std::stoll(commit) / 2)})
      all += describe(database.must("SELECT id, v, n FROM t AS OF " + at + " ORDER BY id").rows) +
             describe(database.must("SELECT id FROM t WHERE n = 5 AS OF " + at + " ORDER BY id").rows);
    return all;
  }

  // Up to the last commit of the copy both have the same history; then the copy goes on by itself.
  void compare(Database& original, Database& copy, const std::string& way) {
    prepare(copy);
    const std::string said = copy.text("SELECT spectradb_check()");
    if (said != "ok") fail("a copy by " + way + ": spectradb_check() says " + said);
    if (copy.text("PRAGMA integrity_check") != "ok") fail("a copy by " + way + ": PRAGMA integrity_check");
    const std::string commit = std::to_string(
        std::min(copy.integer("SELECT spectradb_commit()"), original.integer("SELECT spectradb_commit()")));
    if (history(original, commit) != history(copy, commit)) fail("a copy by " + way + " has another history");
    if (copy.integer("SELECT count(*) FROM (SELECT id, v FROM plain EXCEPT SELECT id, v FROM t FOR "
                     "SYSTEM_TIME ALL)") != 0)
      fail("a copy by " + way + " has tables of different commits");
    for (int more = 0; more < 20; ++more) write(copy);
    copy.must("SELECT spectradb_compact()");
    if (const std::string again = copy.text("SELECT spectradb_check()"); again != "ok")
      fail("a copy by " + way + ", written to: spectradb_check() says " + again);
    if (history(original, commit) != history(copy, commit))
      fail("a copy by " + way + ", written to, has another history");
    ++copies_;
  }

  // SQLite begins the backup anew whenever another connection has written.
  void by_backup_beside_a_writer(Database& database) {
    Database writer(path_, extension_);
    prepare(writer);
    writer.must("PRAGMA busy_timeout = 60000");
    const std::string target = directory_.path("backup.db");
    {
      Database copy(target, extension_);
      int writes = 0;
      sqlite3_backup* backup = sqlite3_backup_init(copy.handle(), "main", database.handle(), "main");
      int code = SQLITE_OK;
      for (int step = 1; code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED; ++step) {
        code = sqlite3_backup_step(backup, kPagesOfStep);
        // Writes come from the connection that is copied, whose pages go to the copy as well, and from
        // another one.
        if (writes < kWritesOfBackup && step % 3 == 0) write(++writes % 2 == 0 ? writer : database);
      }
      if (code != SQLITE_DONE || sqlite3_backup_finish(backup) != SQLITE_OK) fail("the backup has failed");
      compare(database, copy, "the backup API");
    }
    Database anew(target, extension_);
    if (anew.text("SELECT spectradb_check()") != "ok") fail("a copy by the backup API, opened anew");
  }

  static void restore(Database& from, Database& to) {
    sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (backup == nullptr) fail("no backup into an open database");
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) fail("the backup into an open database has failed");
  }

  // The store of the open connection knew later commits. They are gone, and other commits have their
  // numbers now.
  void onto_an_open_database(Database& database) {
    const std::string kept = directory_.path("kept.db");
    database.must("VACUUM INTO '" + kept + "'");
    const std::string commit = database.text("SELECT spectradb_commit()");
    const std::string before = history(database, commit);
    Database other(path_, extension_);
    prepare(other);
    for (int more = 0; more < 50; ++more) write(more % 2 == 0 ? database : other);
    Database source(kept, extension_);
    restore(source, database);
    for (Database* connection : {&database, &other}) {
      if (connection->text("SELECT spectradb_commit()") != commit)
        fail("a restored database has other commits");
      if (history(*connection, commit) != before) fail("a restored database has another history");
      if (const std::string said = connection->text("SELECT spectradb_check()"); said != "ok")
        fail("a restored database: spectradb_check() says " + said);
    }
    for (int more = 0; more < 50; ++more) write(more % 2 == 0 ? database : other);
    compare(source, other, "restoring it");
    // This database had nothing in it.
    Database empty(directory_.path("empty.db"), extension_);
    restore(source, empty);
    compare(source, empty, "restoring it into an empty database");
  }

  void by_vacuum(Database& database) {
    const std::string target = directory_.path("vacuumed.db");
    database.must("VACUUM INTO '" + target + "'");
    {
      Database copy(target, extension_);
      compare(database, copy, "VACUUM INTO");
      const std::string commit = copy.text("SELECT spectradb_commit()");
      const std::string before = history(copy, commit);
      copy.must("VACUUM");
      if (history(copy, commit) != before) fail("after VACUUM the history is another one");
    }
    Database anew(target, extension_);
    compare(database, anew, "VACUUM");
  }

  void in_memory(Database& database) {
    sqlite3_int64 size = 0;
    unsigned char* bytes = sqlite3_serialize(database.handle(), "main", &size, 0);
    if (bytes == nullptr) fail("the database cannot be serialized");
    {
      Database copy(":memory:", extension_);
      if (sqlite3_deserialize(copy.handle(), "main", bytes, size, size,
                              SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK)
        fail("the bytes cannot be deserialized");
      // The header of a database in WAL mode says so, and in memory there can be no such log.
      if (journal_ != "WAL") compare(database, copy, "serialize and deserialize");
    }
    Database memory(":memory:", extension_);
    restore(database, memory);
    compare(database, memory, "the backup API into memory");
  }

  void of_the_closed_file() {
    const std::string target = directory_.path("copied.db");
    fs::copy(path_, target);
    Database database(path_, extension_);
    Database copy(target, extension_);
    compare(database, copy, "cp");
  }

  const std::string extension_;
  const std::string journal_;
  const TemporaryDirectory directory_;
  const std::string path_ = directory_.path("x.db");
  int written_ = 0;
  int copies_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: copies --extension=PATH --journal=DELETE|WAL");
  Copies(extension, argument(argc, argv, "journal", "DELETE")).run();
}

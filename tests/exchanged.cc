#include "tests/exchanged.h"

namespace spectradb::tests {

std::string extension;
std::string journal;

void read_arguments(int argc, char** argv, const std::string& program) {
  extension = argument(argc, argv, "extension", "");
  journal = argument(argc, argv, "journal", "DELETE");
  if (extension.empty()) fail("usage: " + program + " --extension=PATH --journal=DELETE|WAL");
}

void make(Database& database, const std::string& value) {
  database.must(kTable);
  for (int id = 1; id <= 3; ++id)
    database.must("INSERT INTO t VALUES (" + std::to_string(id) + ", '" + value + "')");
}

void make_twins(const std::string& path, const std::string& value, int commits) {
  Database database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must(std::string(kTable) + "; CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT)");
  for (int id = 1; id <= commits; ++id) {
    const std::string values = " VALUES (" + std::to_string(id) + ", '" + value + "')";
    database.must("BEGIN; INSERT INTO t" + values + "; INSERT INTO o" + values + "; COMMIT");
  }
}

void restore(const std::string& from, const std::string& to) {
  Database source(from, "");
  Database target(to, "");
  sqlite3_busy_timeout(target.handle(), 1000);
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  expect(backup != nullptr && sqlite3_backup_step(backup, -1) == SQLITE_DONE &&
             sqlite3_backup_finish(backup) == SQLITE_OK,
         std::string("restore: ") + sqlite3_errmsg(target.handle()));
}

void expect_rows(Database& database, const std::string& rows) {
  const Outcome outcome = database.run(kRows);
  expect(outcome.is_ok() && describe(outcome.rows) == rows + "\n",
         "not " + rows + " but " + outcome.message + describe(outcome.rows));
}

}  // namespace spectradb::tests

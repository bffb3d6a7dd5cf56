#include "tests/exchanged.h"

#include <cstring>

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

std::string serialized(Database& database) {
  sqlite3_int64 size_bytes = 0;
  unsigned char* bytes = sqlite3_serialize(database.handle(), "main", &size_bytes, 0);
  expect(bytes != nullptr, "sqlite3_serialize");
  std::string content(reinterpret_cast<char*>(bytes), static_cast<size_t>(size_bytes));
  sqlite3_free(bytes);
  return content;
}

void deserialize(Database& database, const std::string& content) {
  auto* bytes = static_cast<unsigned char*>(sqlite3_malloc64(content.size()));
  std::memcpy(bytes, content.data(), content.size());
  const auto size_bytes = static_cast<sqlite3_int64>(content.size());
  expect(sqlite3_deserialize(database.handle(), "main", bytes, size_bytes, size_bytes,
                             SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK,
         "sqlite3_deserialize");
}

void expect_rows(Database& database, const std::string& rows) {
  const Outcome outcome = database.run(kRows);
  expect(outcome.is_ok() && describe(outcome.rows) == rows + "\n",
         "not " + rows + " but " + outcome.message + describe(outcome.rows));
}

}  // namespace spectradb::tests

#include "extension/schema/sequence.h"

#include "extension/host/query.h"

namespace spectradb::extension {

namespace {

constexpr const char* kSequence = "sqlite_sequence";
constexpr const char* kCounters = "_spectradb_counters";

Result<bool> is_there(Database& database) {
  Query query(database.connection().handle(),
              "SELECT 1 FROM " + database.qualified("sqlite_master") + " WHERE name = ?1");
  query.bind(1, std::string_view(kSequence));
  return query.step();
}

}  // namespace

Result<int64_t> read_sequence(Database& database, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, is_there(database));
  if (!there) return int64_t{0};
  Query query(database.connection().handle(),
              "SELECT max(seq) FROM " + database.qualified(kSequence) + " WHERE name = ?1 COLLATE NOCASE");
  query.bind(1, std::string_view(table));
  Result<bool> row = query.step();
  if (!row) return row.status();
  return query.integer(0);
}

Status write_sequence(Database& database, const std::string& table, int64_t highest_key) {
  SPECTRADB_RETURN_IF_ERROR(
      execute(database.connection().handle(), "CREATE TABLE IF NOT EXISTS " + database.qualified(kCounters) +
                                                  "(no INTEGER PRIMARY KEY AUTOINCREMENT)"));
  SPECTRADB_RETURN_IF_ERROR(remove_sequence(database, table));
  Query query(database.connection().handle(),
              "INSERT INTO " + database.qualified(kSequence) + "(name, seq) VALUES (?1, ?2)");
  return query.bind(1, std::string_view(table)).bind(2, highest_key).run();
}

Status remove_sequence(Database& database, const std::string& table) {
  Result<bool> there = is_there(database);
  if (!there || !*there) return there.status();
  Query query(database.connection().handle(),
              "DELETE FROM " + database.qualified(kSequence) + " WHERE name = ?1 COLLATE NOCASE");
  return query.bind(1, std::string_view(table)).run();
}

}  // namespace spectradb::extension

#include "extension/facets/vector_spaces/current_space.h"

#include "extension/host/query.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

constexpr const char* kSpaces = "spectradb_spaces";

}  // namespace

Result<std::optional<Space>> current_space(Database& database, const std::string& table,
                                           std::optional<uint64_t> commit) {
  sqlite3* const db = database.connection().handle();
  Query is_there(db, "SELECT 1 FROM " + database.qualified("sqlite_master") + " WHERE name = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, is_there.bind(1, std::string_view(kSpaces)).step());
  if (!found) return std::optional<Space>();
  Query query(db, "SELECT space FROM " + database.qualified(kSpaces) + " WHERE name = ?1" +
                      (commit ? " AND _as_of = ?2" : ""));
  query.bind(1, std::string_view(table));
  if (commit) query.bind(2, static_cast<int64_t>(*commit));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  if (!row || query.is_null(0)) return std::optional<Space>();
  return std::optional<Space>(Space(from_sqlite(sqlite3_column_value(query.statement(), 0))));
}

Status set_current_space(Database& database, const std::string& table, const temporal::Value& space) {
  sqlite3* const db = database.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE VIRTUAL TABLE IF NOT EXISTS " + database.qualified(kSpaces) +
                      " USING spectradb(name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, space)"));
  Query query(db, "INSERT OR REPLACE INTO " + database.qualified(kSpaces) + "(name, space) VALUES (?1, ?2)");
  return query.bind(1, std::string_view(table)).bind(2, space).run();
}

}  // namespace spectradb::extension

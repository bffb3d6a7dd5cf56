#include "extension/table/dropped_namesake.h"

#include <algorithm>
#include <new>
#include <vector>

#include "extension/host/statement_name.h"
#include "extension/schema/dropped_catalog.h"
#include "extension/session/database.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::extension {

namespace {

// Finds the one that was dropped last. What cannot be read is no reason for another error.
Result<std::optional<DroppedCatalog::Dropped>> find_namesake(Database& database, std::string_view table) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database.has_store());
  if (!has_store) return std::optional<DroppedCatalog::Dropped>();
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<DroppedCatalog::Dropped> all, DroppedCatalog(database).list());
  const auto found = std::find_if(all.begin(), all.end(), [&](const DroppedCatalog::Dropped& dropped) {
    return sqlite3_stricmp(dropped.name.c_str(), std::string(table).c_str()) == 0;
  });
  return found == all.end() ? std::nullopt : std::optional<DroppedCatalog::Dropped>(*found);
}

}  // namespace

std::string way_back(Connection& connection, std::string_view schema, std::string_view table, bool is_taken) {
  std::vector<std::string> schemas;
  if (!schema.empty()) {
    schemas.emplace_back(schema);
  } else {
    for (int i = 0; const char* const name = sqlite3_db_name(connection.handle(), i); ++i)
      schemas.emplace_back(name);
  }
  for (const std::string& each : schemas) {
    const auto found = find_namesake(*connection.database(each), table);
    if (found.status().code() == Code::kNoMemory) throw std::bad_alloc();
    if (!found || !*found) continue;
    const std::string& name = (*found)->name;
    const bool is_main = sqlite3_stricmp(each.c_str(), "main") == 0;
    return "; the temporal table " + name + " was dropped after commit " +
           std::to_string((*found)->after_commit) + ": " +
           (is_taken ? "ALTER TABLE " + (is_main ? "" : name_in_statement(each) + ".") +
                           name_in_statement(name) + " RENAME TO another name, and then "
                     : "") +
           "SELECT spectradb_undrop(" + sql::string_literal(name) +
           (is_main ? "" : ", " + sql::string_literal(each)) +
           ") brings it back with its history, until spectradb_compact()";
  }
  return {};
}

}  // namespace spectradb::extension

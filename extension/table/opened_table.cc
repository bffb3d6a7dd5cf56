#include "extension/table/opened_table.h"

#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"

namespace spectradb::extension {

Result<const Table*> opened_table(Database& database, const std::string& name) {
  Connection& connection = database.connection();
  if (const Table* const found = connection.find_table(database.schema(), name)) return found;
  if (database.is_interrupted()) return Status(Code::kInterrupted, "interrupted");
  SPECTRADB_RETURN_IF_ERROR(
      Query(connection.handle(), "SELECT 1 FROM " + database.qualified(name)).prepare());
  // To prepare the statement, SQLite has connected the table.
  if (const Table* const found = connection.find_table(database.schema(), name)) return found;
  return Status::corrupt("table " + name + " of _spectradb_tables cannot be opened");
}

}  // namespace spectradb::extension

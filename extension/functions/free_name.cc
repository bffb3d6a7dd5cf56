#include "extension/functions/free_name.h"

#include <string>

#include "extension/host/query.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

Status check_name_is_free(Connection& connection, const char* function, const char* caller) {
  Query schemas(connection.handle(), "PRAGMA database_list");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, schemas.step());
    if (!row) return Status::ok();
    Query table(connection.handle(),
                "SELECT 1 FROM " + quoted(schemas.text(1)) + ".sqlite_master WHERE name = ?1 COLLATE NOCASE");
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.bind(1, std::string_view(function)).step());
    if (there)
      return Status::invalid(std::string(caller) + ": database " + schemas.text(1) +
                             " has a table that is named " + function + ", as the function that it reads");
  }
}

}  // namespace spectradb::extension

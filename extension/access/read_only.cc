#include "extension/access/read_only.h"

#include "extension/access/gate.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

Status check_may_write(Connection& connection, const std::string& schema, const std::string& what) {
  if (const size_t parenthesis = what.find('('); parenthesis != std::string::npos) {
    const std::string function = what.substr(0, parenthesis);
    SPECTRADB_RETURN_IF_ERROR(
        ask_permission(connection.handle(), SQLITE_PRAGMA, function.c_str(), nullptr, schema.c_str()));
  }
  if (sqlite3_db_readonly(connection.handle(), schema.c_str()) == 1) {
    return Status::read_only(what + " writes, and database " + schema +
                             " is read-only: open it without mode=ro and immutable=1, and see that its file "
                             "can be written");
  }
  Query query_only(connection.handle(), "PRAGMA query_only");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query_only.step());
  if (!row || query_only.integer(0) == 0) return Status::ok();
  return Status::read_only(what + " writes, and this connection is read-only: PRAGMA query_only = 0 first");
}

}  // namespace spectradb::extension

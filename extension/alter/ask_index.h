// Asks the host's authorizer about CREATE INDEX, DROP INDEX and REINDEX on a temporal table, as SQLite does
// for an ordinary table. Used by the thread that uses the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

// kInvalid: not authorized.
Status ask_to_index(sqlite3* db, const std::string& schema, const std::string& table,
                    const sql::IndexStatement& statement);

}  // namespace spectradb::extension

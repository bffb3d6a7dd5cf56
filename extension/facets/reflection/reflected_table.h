// A temporal table as the ordinary table of the same definition, with its indexes: whose PRAGMAs tell what the definition
// says. Used by the thread that uses the connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/schema/twin.h"
#include "extension/session/connection.h"
#include "extension/table/table.h"

namespace spectradb::extension {

// The temporal table that a PRAGMA with this argument means; null for any other. Without a schema it is looked for in all,
// in SQLite's order.
Result<const Table*> find_reflected_table(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view name);

// The same of the table that has the index.
Result<const Table*> find_reflected_index(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view index);

// The private database with the ordinary table.
Result<Twin> reflect(const Table& table);

}  // namespace spectradb::extension

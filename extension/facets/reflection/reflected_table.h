// Shows a temporal table as an ordinary table with the same definition and indexes, whose PRAGMAs answer for
// it. Used by the thread that uses the connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/schema/twin.h"
#include "extension/session/connection.h"
#include "extension/table/table.h"

namespace spectradb::extension {

// Returns the temporal table that a PRAGMA with this argument means; null for anything else. Without a schema
// all are searched, in SQLite's order.
Result<const Table*> find_reflected_table(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view name);

// Returns the table that has the index.
Result<const Table*> find_reflected_index(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view index);

// Makes a private database with the ordinary table.
Result<Twin> reflect(const Table& table);

}  // namespace spectradb::extension

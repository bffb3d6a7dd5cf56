// The advice of an error about a table that is not temporal, or not there, where a temporal one of its name was dropped: a
// table that is made anew outside of a transaction loses its history so.
#pragma once

#include <string>
#include <string_view>

#include "extension/session/connection.h"

namespace spectradb::extension {

// Returns how the dropped table comes back, as the rest of a message; empty where none can. An empty schema is any.
// `is_taken` where another table has the name.
std::string way_back(Connection& connection, std::string_view schema, std::string_view table, bool is_taken);

}  // namespace spectradb::extension

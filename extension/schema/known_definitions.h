// Definitions of tables that this process has read before, so that a connection need not ask SQLite again what each
// means. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/schema/definition.h"

namespace spectradb::extension {

// The same as read_definition().
Result<Definition> known_definition(const std::string& table_name, const std::vector<std::string>& arguments,
                                    sqlite3* host);

}  // namespace spectradb::extension

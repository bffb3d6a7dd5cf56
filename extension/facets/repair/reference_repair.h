// Makes anew what SQLite keeps of rows for foreign keys (extension/write/reference_table.h, present_table.h), where it is
// not what the facts say, or where an earlier release made it for keys of fewer types. Used by the thread that uses the
// connection.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

class Database;

// kInvalid inside a transaction that has written facts, and for a token that is not the plan's.
Result<lsm::RepairPlan> repair_references(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

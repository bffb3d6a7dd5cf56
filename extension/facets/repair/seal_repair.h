// Accepts what somebody else has changed in our own tables in SQLite's file, where the owner of the database
// knows that it is right: rows that differ from their seals get seals of what they are now. Nothing else
// changes, and what stood there before is not known. The act is noted (planned_repair.h). Used by the thread
// that uses the connection.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

class Database;

// kInvalid inside of a transaction, and for a token that is not the plan's; the store must be one that opens.
Result<lsm::RepairPlan> repair_seal(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

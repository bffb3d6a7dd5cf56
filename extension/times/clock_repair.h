// Finds and repairs commit times that a wrong clock made. A clock that was once ahead pulls all later commits
// to its time, since times never run backwards; their own readings tell when they were really made. A repair
// is planned first, and done when given the plan's token. The former times are kept in _spectradb_clock, and
// the repair itself in _spectradb_repairs (extension/session/planned_repair.h). Used by the thread that uses the
// connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "extension/session/database.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

// Returns sentences for spectradb_check(): times that lie beyond the present clock, and times behind which
// the clock went back, as far as no repair has looked at them.
Result<std::vector<std::string>> clock_problems(Database& database);

// kInvalid inside a transaction that has written facts, and for a token that is not the plan's.
Result<lsm::RepairPlan> repair_clock(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

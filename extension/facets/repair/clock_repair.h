// Repairs commit times that a wrong clock made. A clock that was once ahead pulls all later commits
// to its time, since times never run backwards; their own readings tell when they were really made. A repair
// is planned first, and done when given the plan's token. The former times are kept in _spectradb_clock, and
// the repair itself in _spectradb_repairs (extension/facets/repair/planned_repair.h). Used by the thread that uses the
// connection.
#pragma once

#include <optional>
#include <string>

#include "extension/session/database.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

// kInvalid inside a transaction that has written facts, and for a token that is not the plan's.
Result<lsm::RepairPlan> repair_clock(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

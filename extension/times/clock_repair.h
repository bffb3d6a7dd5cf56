// Times of commits that a wrong clock made: what is wrong with them, and how they are mended. A clock that was once
// ahead pulls all later commits to its time, since times never run backwards; their own readings tell when they were
// made. The mending is planned first; with the plan's token it is done, and what stood is kept:
// _spectradb_clock has the former times, _spectradb_repairs the act. Used by the thread that uses the connection.
//
//   _spectradb_repairs(repair_no PRIMARY KEY, way, done_us, until_commit, changed)     made with the first one
//                                        until_commit: the last commit that it looked at; changed: how many times
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "extension/session/database.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

// Sentences for spectradb_check(): times that lie beyond the present clock, and those that a clock which went back did
// not make, as far as no repair has looked at them.
Result<std::vector<std::string>> clock_problems(Database& database);

// kInvalid inside of a transaction that has written facts, and for a token that is not the plan's.
Result<lsm::RepairPlan> repair_clock(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

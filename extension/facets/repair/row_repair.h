// Mends rows of our own in SQLite's file that somebody has removed or changed, as far as the rest of the
// database and its store say what they were:
//
//   a commit that is missing            gets a row again: the log has its token, and its time lies between those around it
//                                       (what its clock read, where that is kept)
//   a token                             is that of the frame in the log
//   a copy of facts that is damaged     is given up once the store has made them durable itself
//   a commit that is there twice        keeps the row whose seal is right
//   the id of a temporal table          is that whose seal the table's text has
//
// Everything else is left to spectradb_repair('seal'). The act is noted (planned_repair.h). Used by the thread that
// uses the connection.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

class Database;

// kInvalid inside of a transaction, and for a token that is not the plan's; the store must be one that opens.
Result<lsm::RepairPlan> repair_rows(Database& database, const std::optional<std::string>& token);

}  // namespace spectradb::extension

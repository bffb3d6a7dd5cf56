// A repair of what a database says in our own tables, in SQLite's file. It is planned first, which only reads;
// given the plan's token it is done, in one transaction and only if the plan is still the same, and noted in
// _spectradb_repairs. Used by the thread that uses the connection.
//
//   _spectradb_repairs(repair_no PRIMARY KEY, way, done_us, until_commit, changed)     made with the first one
//                                        until_commit: the last commit that it looked at; changed: how many things
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "lsm/store/repair.h"

namespace spectradb::extension {

class Database;

class PlannedRepair {
 public:
  virtual ~PlannedRepair() = default;
  virtual Result<lsm::RepairPlan> plan() = 0;
  virtual Status act() = 0;  // does what plan() has found; the transaction is joined
  virtual bool may_drop_tables() const { return false; }  // then act() guards its own changes
};

// kInvalid inside a transaction that has written facts, and for a token that is not the plan's. The text is
// empty where the database never had temporal tables.
Result<lsm::RepairPlan> run_repair(Database& database, std::string_view way, PlannedRepair& repair,
                                   const std::optional<std::string>& token);

// Returns a plan's token, which is a checksum of all that the plan depends on.
std::string token_of_plan(std::string_view facts);

Status note_repair(Database& database, std::string_view way, uint64_t until_commit, uint64_t changed);

}  // namespace spectradb::extension

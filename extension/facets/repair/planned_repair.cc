#include "extension/facets/repair/planned_repair.h"

#include "base/hex.h"
#include "extension/access/own_tables.h"
#include "extension/host/own_savepoint.h"
#include "extension/session/database.h"
#include "extension/session/transaction.h"
#include "lsm/base/checksum.h"

namespace spectradb::extension {

namespace {

constexpr const char* kRepairs = "_spectradb_repairs";

Result<lsm::RepairPlan> plan_and_act(Database& database, PlannedRepair& repair, const std::string& token,
                                     OwnSavepoint& savepoint) {
  SPECTRADB_ASSIGN_OR_RETURN(lsm::RepairPlan plan, repair.plan());
  if (plan.token.empty()) return plan;
  if (plan.token != token)
    return Status::invalid("the token '" + token +
                           "' is not that of the plan as it is now: ask for the plan without a token");
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database.connection().database(database.schema())));
  if (!repair.may_drop_tables()) SPECTRADB_RETURN_IF_ERROR(savepoint.guard());
  SPECTRADB_RETURN_IF_ERROR(repair.act());
  return lsm::RepairPlan{"done: " + plan.text, {}};
}

}  // namespace

Result<lsm::RepairPlan> run_repair(Database& database, std::string_view way, PlannedRepair& repair,
                                   const std::optional<std::string>& token) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_store());
  if (!there) return lsm::RepairPlan{};
  if (database.batch() != nullptr)
    return Status::invalid("spectradb_repair('" + std::string(way) +
                           "') works outside of transactions that write to temporal tables");
  sqlite3* db = database.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(OwnTables(db, database.schema()).check_triggers());
  if (!token) return repair.plan();
  OwnSavepoint savepoint(db, database.schema(), "_spectradb_repair");
  SPECTRADB_RETURN_IF_ERROR(savepoint.open());
  Result<lsm::RepairPlan> plan = plan_and_act(database, repair, *token, savepoint);
  if (plan) {
    const Status kept = savepoint.keep();
    if (!kept) plan = kept;
  }
  return plan;
}

std::string token_of_plan(std::string_view facts) { return hex_of(lsm::checksum64(facts, 0)); }

Status note_repair(Database& database, std::string_view way, uint64_t until_commit, uint64_t changed) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kRepairs));
  sqlite3* db = database.connection().handle();
  if (!there)
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "CREATE TABLE " + database.qualified(kRepairs) +
                        "(repair_no INTEGER PRIMARY KEY, way TEXT NOT NULL, done_us INTEGER NOT NULL, "
                        "until_commit INTEGER NOT NULL, changed INTEGER NOT NULL)"));
  Query insert(db, "INSERT INTO " + database.qualified(kRepairs) +
                       "(way, done_us, until_commit, changed) VALUES (?1, ?2, ?3, ?4)");
  insert.bind(1, way).bind(2, wall_clock_us()).bind(3, static_cast<int64_t>(until_commit));
  return insert.bind(4, static_cast<int64_t>(changed)).run();
}

}  // namespace spectradb::extension

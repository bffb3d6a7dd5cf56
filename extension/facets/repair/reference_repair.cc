#include "extension/facets/repair/reference_repair.h"

#include <utility>
#include <vector>

#include "extension/facets/repair/planned_repair.h"
#include "extension/session/database.h"
#include "extension/write/foreign_keys.h"

namespace spectradb::extension {

namespace {

constexpr const char* kReferencesWay = "references";

class ReferenceRepair : public PlannedRepair {
 public:
  explicit ReferenceRepair(Database& database) : database_(database) {}

  Result<lsm::RepairPlan> plan() override {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<ForeignKeys::Wrong> found, database_.foreign_keys().find_wrong());
    wrong_ = std::move(found);
    if (wrong_.empty())
      return lsm::RepairPlan{
          "nothing is to be repaired: what SQLite keeps for foreign keys is what the tables have", {}};
    std::string text;
    for (const ForeignKeys::Wrong& wrong : wrong_) text += (text.empty() ? "" : "; ") + wrong.sentence;
    const std::string token = token_of_plan(text);
    return lsm::RepairPlan{text + ": made anew", token};
  }

  Status act() override {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_.last_commit());
    SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
    SPECTRADB_RETURN_IF_ERROR(database_.foreign_keys().mend(wrong_));
    return note_repair(database_, kReferencesWay, last, wrong_.size());
  }

  bool may_drop_tables() const override { return true; }

 private:
  Database& database_;
  std::vector<ForeignKeys::Wrong> wrong_;
};

}  // namespace

Result<lsm::RepairPlan> repair_references(Database& database, const std::optional<std::string>& token) {
  ReferenceRepair repair(database);
  return run_repair(database, kReferencesWay, repair, token);
}

}  // namespace spectradb::extension

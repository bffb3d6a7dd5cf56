#include "extension/facets/repair/seal_repair.h"

#include <map>

#include "extension/facets/repair/commit_ranges.h"
#include "extension/facets/repair/planned_repair.h"
#include "extension/session/database.h"
#include "extension/session/own_rows.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/text_seal.h"
#include "lsm/base/coding.h"

namespace spectradb::extension {

namespace {

class SealRepair : public PlannedRepair {
 public:
  explicit SealRepair(Database& database) : database_(database) {}

  Result<lsm::RepairPlan> plan() override;
  Status act() override;

 private:
  bool is_empty() const {
    return !is_catalog_broken_ && texts_.empty() && commits_.numbers.empty() && own_tables_.empty();
  }
  Result<std::string> catalog_now() {
    return CatalogSeal::of(database_.connection().handle(), database_.schema());
  }
  Status look_at_texts();
  std::string sentence() const;
  Status put(const std::string& name, const std::string& seal);

  Database& database_;
  bool is_catalog_broken_ = false;
  std::map<uint32_t, std::string> texts_;  // by the ids of tables, the seals of texts that are others now
  std::vector<std::string> tables_;        // their names
  std::vector<std::string> own_tables_;    // whose rows are others, by their names
  BrokenCommits commits_;
};

Status SealRepair::look_at_texts() {
  Query query(database_.connection().handle(),
              "SELECT id, name FROM " + database_.qualified("_spectradb_tables") + " ORDER BY id");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return Status::ok();
    const auto id = static_cast<uint32_t>(query.integer(0));
    SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, database_.meta(name_of_text(id)));
    SPECTRADB_ASSIGN_OR_RETURN(const std::string now,
                               seal_of_text(database_.connection().handle(), database_.schema(), id));
    if (now.empty() || kept == now || (kept.empty() && !is_catalog_broken_)) continue;
    texts_[id] = now;
    tables_.push_back(query.text(1));
  }
}

std::string SealRepair::sentence() const {
  if (is_empty())
    return "nothing is to be sealed anew: what " + database_.schema() +
           " says of its temporal tables and commits is what SpectraDB wrote there";
  std::vector<std::string> parts;
  if (!commits_.numbers.empty())
    parts.push_back("the times, tokens, notes and readings of the clock of " +
                    std::to_string(commits_.numbers.size()) + " commits (" + commit_ranges(commits_.numbers) +
                    ")");
  if (!tables_.empty()) parts.push_back("the texts of temporal tables (" + joined_names(tables_) + ")");
  if (is_catalog_broken_) parts.push_back("what our tables say of temporal tables and their indexes");
  if (!own_tables_.empty()) parts.push_back("the rows of " + joined_names(own_tables_));
  std::string text = "of " + database_.schema() + " are accepted as they stand: " + joined_names(parts);
  if (commits_.others > 0) text += "; what else spectradb_check() names of commits stays";
  return text + "; what stood there before is not known, only a backup has it";
}

Result<lsm::RepairPlan> SealRepair::plan() {
  // All seals begin with the store's id: it must be right.
  SPECTRADB_RETURN_IF_ERROR(database_.store().status());
  // What stands on a row keeps one snapshot of the rows and their seals.
  Query snapshot(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified("_spectradb_meta"));
  SPECTRADB_RETURN_IF_ERROR(snapshot.step().status());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string kept, database_.meta(kSealName));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string now, catalog_now());
  SPECTRADB_ASSIGN_OR_RETURN(is_catalog_broken_,
                             CatalogSeal::is_broken(database_.connection().handle(), database_.schema()));
  SPECTRADB_RETURN_IF_ERROR(look_at_texts());
  SPECTRADB_ASSIGN_OR_RETURN(commits_, broken_commits(database_));
  sqlite3* db = database_.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(own_tables_, broken_own_tables(db, database_.schema()));
  lsm::RepairPlan plan{sentence(), {}};
  if (is_empty()) return plan;
  std::string facts = kSealName + kept + now;
  for (const auto& [id, seal] : texts_) {
    lsm::put_fixed64(facts, id);
    lsm::put_bytes(facts, seal);
  }
  for (const std::string& table : own_tables_) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string seal, seal_of_own_table(db, database_.schema(), table));
    lsm::put_bytes(facts, table);
    lsm::put_bytes(facts, seal);
  }
  for (const uint64_t number : commits_.numbers) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> seal, seal_of_commit(database_, number));
    lsm::put_fixed64(facts, number);
    lsm::put_fixed64(facts, static_cast<uint64_t>(seal.value_or(0)));
  }
  plan.token = token_of_plan(facts);
  return plan;
}

Status SealRepair::put(const std::string& name, const std::string& seal) {
  Query query(
      database_.connection().handle(),
      "INSERT OR REPLACE INTO " + database_.qualified("_spectradb_meta") + "(name, value) VALUES (?1, ?2)");
  return query.bind(1, std::string_view(name)).bind(2, std::string_view(seal)).run();
}

// The catalog's seal is made here and not at COMMIT, where one that was broken would stay so.
Status SealRepair::act() {
  for (const auto& [id, seal] : texts_) SPECTRADB_RETURN_IF_ERROR(put(name_of_text(id), seal));
  for (const uint64_t number : commits_.numbers) SPECTRADB_RETURN_IF_ERROR(seal_anew(database_, number));
  for (const std::string& table : own_tables_)
    SPECTRADB_RETURN_IF_ERROR(seal_own_table(database_.connection().handle(), database_.schema(), table));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_.last_commit());
  SPECTRADB_RETURN_IF_ERROR(note_repair(
      database_, "seal", last,
      commits_.numbers.size() + texts_.size() + own_tables_.size() + (is_catalog_broken_ ? 1 : 0)));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string sealed, catalog_now());
  return put(kSealName, sealed);
}

}  // namespace

Result<lsm::RepairPlan> repair_seal(Database& database, const std::optional<std::string>& token) {
  if (sqlite3_get_autocommit(database.connection().handle()) == 0)
    return Status::invalid("spectradb_repair('seal') works outside of transactions");
  SealRepair repair(database);
  return run_repair(database, kSealName, repair, token);
}

}  // namespace spectradb::extension

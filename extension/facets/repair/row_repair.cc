#include "extension/facets/repair/row_repair.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "extension/facets/repair/commit_ranges.h"
#include "extension/facets/repair/planned_repair.h"
#include "extension/session/database.h"
#include "extension/session/own_rows.h"
#include "extension/session/row_seal.h"
#include "extension/session/store_location.h"
#include "extension/session/text_seal.h"
#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"
#include "lsm/log/log_format.h"
#include "lsm/log/log_tokens.h"

namespace spectradb::extension {

namespace {

constexpr const char* kWay = "rows";
constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

int64_t later_by(int64_t time_us, int64_t us) {
  int64_t sum = 0;
  return __builtin_add_overflow(time_us, us, &sum) ? kEnd : sum;
}

int64_t earlier_by(int64_t time_us, int64_t us) {
  int64_t rest = 0;
  return __builtin_sub_overflow(time_us, us, &rest) ? std::numeric_limits<int64_t>::min() : rest;
}

class RowRepair : public PlannedRepair {
 public:
  explicit RowRepair(Database& database) : database_(database) {}

  // Further calls use what the log had at the first one.
  Result<lsm::RepairPlan> plan() override;
  Status act() override;

 private:
  struct Row {
    uint64_t commit = 0;
    int64_t time_us = 0;
    uint64_t token = 0;
  };

  Status read_tokens();
  Status look_at_commits();
  Status look_at(const Query& row);
  Status fill_gap(uint64_t first, const Row& next);
  Result<int64_t> seal_of_row(const Row& row);
  Status look_at_twice(const Row& row, int64_t seal, bool is_recent);
  Status look_at_tables();
  Result<std::optional<uint32_t>> id_of_text(std::string_view text, const std::string& store_id);
  bool is_empty() const {
    return added_.empty() && tokens_.empty() && copies_.empty() && doubled_.empty() && tables_.empty();
  }
  std::string sentence() const;
  std::string facts_of_plan() const;
  Status run_with(const std::string& sql, const std::vector<int64_t>& values);

  Database& database_;
  std::string store_id_;
  bool has_tokens_ = false;
  bool has_copies_ = false;                    // the store is in files: what _spectradb_recent has are copies
  std::map<uint64_t, uint64_t> known_tokens_;  // of the log
  Row before_;
  int64_t seal_before_ = 0;
  std::vector<Row> added_;
  std::vector<Row> tokens_;                  // rows with their right tokens
  std::vector<uint64_t> copies_;             // commits
  std::map<uint64_t, std::string> doubled_;  // commits, with the table whose row goes
  std::map<uint32_t, std::string> tables_;   // ids and names
};

Status RowRepair::read_tokens() {
  if (std::exchange(has_tokens_, true)) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const StoreLocation location,
                             locate_store(database_.connection().handle(), database_.schema()));
  if (location.in_memory || !has_copies_) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(known_tokens_, lsm::tokens_of_log(*lsm::posix_file_system(), location.directory,
                                                               lsm::checksum64(store_id_, 0)));
  return Status::ok();
}

// The missing commits' times rise from the one before to the one behind, as far as these leave room.
Status RowRepair::fill_gap(uint64_t first, const Row& next) {
  ClockReadings readings(database_.connection().handle(), database_.schema());
  int64_t before_us =
      first == 1 ? earlier_by(next.time_us, static_cast<int64_t>(next.commit)) : before_.time_us;
  for (uint64_t commit = first; commit < next.commit; ++commit) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<ClockReadings::Reading> reading, readings.find(commit));
    const int64_t clock_us = reading && reading->clock_us ? *reading->clock_us : before_us;
    const int64_t latest_us = earlier_by(next.time_us, static_cast<int64_t>(next.commit - commit));
    const int64_t earliest_us = later_by(before_us, 1);
    before_us = std::max(earliest_us, std::min(clock_us, latest_us));
    const auto token = known_tokens_.find(commit);
    added_.push_back({commit, before_us, token == known_tokens_.end() ? 0 : token->second});
  }
  return Status::ok();
}

Result<int64_t> RowRepair::seal_of_row(const Row& row) {
  return seal_with(database_, row.commit, temporal::Value::of_integer(row.time_us),
                   temporal::Value::of_integer(static_cast<int64_t>(row.token)));
}

// The row that follows another one of the same commit.
Status RowRepair::look_at_twice(const Row& row, int64_t seal, bool is_recent) {
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t right_before, seal_of_row(before_));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t right, seal_of_row(row));
  const bool is_first_right = right_before == seal_before_;
  if (!is_first_right && right != seal) return Status::ok();
  const bool goes_recent = is_first_right == is_recent;
  doubled_[row.commit] = goes_recent ? "_spectradb_recent" : "_spectradb_commits";
  return Status::ok();
}

// The columns are commit_no, time_us, frame, seal, facts, is_recent.
Status RowRepair::look_at(const Query& query) {
  const Row row{static_cast<uint64_t>(query.integer(0)), query.integer(1),
                static_cast<uint64_t>(query.integer(2))};
  if (row.commit == before_.commit && row.commit != 0)
    return look_at_twice(row, query.integer(3), query.integer(5) != 0);
  if (row.commit != before_.commit + 1) SPECTRADB_RETURN_IF_ERROR(fill_gap(before_.commit + 1, row));
  const auto token = known_tokens_.find(row.commit);
  if (token != known_tokens_.end() && token->second != row.token)
    tokens_.push_back({row.commit, row.time_us, token->second});
  if (has_copies_ && !query.is_null(4) && !query.blob(4).empty()) {
    const std::string_view copy = query.blob(4);
    const auto frame = lsm::read_frame(copy, 0, lsm::checksum64(store_id_, 0));
    const uint64_t right = token == known_tokens_.end() ? row.token : token->second;
    const bool is_whole =
        frame && frame->commit == row.commit && frame->token == right && frame->end == copy.size();
    if (!is_whole) copies_.push_back(row.commit);
  }
  before_ = row;
  seal_before_ = query.integer(3);
  return Status::ok();
}

Status RowRepair::look_at_commits() {
  Query rows(database_.connection().handle(),
             "SELECT commit_no, time_us, frame, seal, NULL, 0 FROM " +
                 database_.qualified("_spectradb_commits") +
                 " UNION ALL SELECT commit_no, time_us, frame, seal, facts, 1 FROM " +
                 database_.qualified("_spectradb_recent") + " ORDER BY 1");
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_.last_commit());
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
    if (!row) return Status::ok();
    if (rows.integer(0) < 1 || static_cast<uint64_t>(rows.integer(0)) > last) continue;  // no commit
    SPECTRADB_RETURN_IF_ERROR(look_at(rows));
  }
}

// The table without an id whose text has a seal that belongs to no table.
Result<std::optional<uint32_t>> RowRepair::id_of_text(std::string_view text, const std::string& store_id) {
  RowSeal of_text;
  of_text.add(temporal::Value::text(text));
  const std::string seal = seal_digits(of_text.value(store_id));
  Query names(
      database_.connection().handle(),
      "SELECT CAST(substr(name, 6) AS INTEGER) FROM " + database_.qualified("_spectradb_meta") +
          " WHERE name GLOB 'seal/[0-9]*' AND value = ?1 AND CAST(substr(name, 6) AS INTEGER) NOT IN (SELECT "
          "id FROM " +
          database_.qualified("_spectradb_tables") + ")");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, names.bind(1, std::string_view(seal)).step());
  const int64_t id = row ? names.integer(0) : 0;
  if (id < 1 || id > std::numeric_limits<uint32_t>::max()) return std::optional<uint32_t>();
  return std::optional(static_cast<uint32_t>(id));
}

Status RowRepair::look_at_tables() {
  Query texts(
      database_.connection().handle(),
      "SELECT name, sql FROM " + database_.qualified("sqlite_master") +
          " WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%' AND name NOT IN (SELECT name FROM " +
          database_.qualified("_spectradb_tables") + ") ORDER BY name");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, texts.step());
    if (!row) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint32_t> id, id_of_text(texts.text(1), store_id_));
    if (id) tables_[*id] = texts.text(0);
  }
}

std::string RowRepair::sentence() const {
  if (is_empty())
    return "nothing is to be mended: of what SpectraDB wrote into " + database_.schema() +
           ", no row is missing, and none contradicts the store";
  const auto numbers = [](const std::vector<Row>& rows) {
    std::vector<uint64_t> all;
    all.reserve(rows.size());
    for (const Row& row : rows) all.push_back(row.commit);
    return commit_ranges(all);
  };
  std::vector<std::string> parts;
  if (!added_.empty())
    parts.push_back("commits " + numbers(added_) +
                    " get rows again, with times between those around them or by their clock's reading");
  if (!tokens_.empty())
    parts.push_back("commits " + numbers(tokens_) + " get the tokens that the store's log has");
  if (!copies_.empty())
    parts.push_back("damaged copies of the facts of commits " + commit_ranges(copies_) +
                    " are given up, since the store has them");
  if (!doubled_.empty()) {
    std::vector<uint64_t> all;
    for (const auto& [commit, table] : doubled_) all.push_back(commit);
    parts.push_back("commits " + commit_ranges(all) + " lose the row of two whose seal is wrong");
  }
  if (!tables_.empty()) {
    std::vector<std::string> all;
    for (const auto& [id, name] : tables_) all.push_back(name);
    parts.push_back("temporal tables get their ids again (" + joined_names(all) + ")");
  }
  std::string text = "in " + database_.schema() + ": ";
  for (size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : "; ") + parts[i];
  return text;
}

std::string RowRepair::facts_of_plan() const {
  std::string facts = kWay;
  for (const std::vector<Row>* rows : {&added_, &tokens_}) {
    lsm::put_fixed64(facts, rows->size());
    for (const Row& row : *rows) {
      lsm::put_fixed64(facts, row.commit);
      lsm::put_fixed64(facts, static_cast<uint64_t>(row.time_us));
      lsm::put_fixed64(facts, row.token);
    }
  }
  lsm::put_fixed64(facts, copies_.size());
  for (const uint64_t commit : copies_) lsm::put_fixed64(facts, commit);
  for (const auto& [commit, table] : doubled_) {
    lsm::put_fixed64(facts, commit);
    lsm::put_bytes(facts, table);
  }
  for (const auto& [id, name] : tables_) {
    lsm::put_fixed64(facts, id);
    lsm::put_bytes(facts, name);
  }
  return facts;
}

Result<lsm::RepairPlan> RowRepair::plan() {
  added_ = tokens_ = {};
  copies_ = {};
  doubled_ = {};
  tables_ = {};
  before_ = {};
  SPECTRADB_RETURN_IF_ERROR(database_.snapshot().status());  // the store opens
  SPECTRADB_ASSIGN_OR_RETURN(store_id_, database_.meta("store_id"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_seals,
                             CommitTable::has_seals(database_.connection().handle(), database_.schema()));
  if (!has_seals) return lsm::RepairPlan{sentence(), {}};  // the database is an earlier release's
  has_copies_ = !database_.has_rows_store();
  SPECTRADB_RETURN_IF_ERROR(read_tokens());
  SPECTRADB_RETURN_IF_ERROR(look_at_commits());
  SPECTRADB_RETURN_IF_ERROR(look_at_tables());
  lsm::RepairPlan plan{sentence(), {}};
  if (!is_empty()) plan.token = token_of_plan(facts_of_plan());
  return plan;
}

Status RowRepair::run_with(const std::string& sql, const std::vector<int64_t>& values) {
  Query query(database_.connection().handle(), sql);
  for (size_t i = 0; i < values.size(); ++i) query.bind(static_cast<int>(i) + 1, values[i]);
  return query.run();
}

// Rows that say what tables there are come first: with them the catalog's seal may be whole again.
Status RowRepair::act() {
  for (const auto& [id, name] : tables_) {
    Query insert(database_.connection().handle(),
                 "INSERT INTO " + database_.qualified("_spectradb_tables") + "(id, name) VALUES (?1, ?2)");
    SPECTRADB_RETURN_IF_ERROR(insert.bind(1, int64_t{id}).bind(2, std::string_view(name)).run());
  }
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  const std::string commits = database_.qualified("_spectradb_commits");
  const std::string recent = database_.qualified("_spectradb_recent");
  for (const auto& [commit, table] : doubled_)
    SPECTRADB_RETURN_IF_ERROR(run_with("DELETE FROM " + database_.qualified(table) + " WHERE commit_no = ?1",
                                       {static_cast<int64_t>(commit)}));
  for (const Row& row : tokens_) {
    for (const std::string& table : {commits, recent})
      SPECTRADB_RETURN_IF_ERROR(
          run_with("UPDATE " + table + " SET frame = ?2 WHERE commit_no = ?1",
                   {static_cast<int64_t>(row.commit), static_cast<int64_t>(row.token)}));
  }
  for (const uint64_t commit : copies_)
    SPECTRADB_RETURN_IF_ERROR(run_with("UPDATE " + recent + " SET facts = x'' WHERE commit_no = ?1",
                                       {static_cast<int64_t>(commit)}));
  for (const Row& row : added_) {
    SPECTRADB_RETURN_IF_ERROR(
        run_with("INSERT INTO " + commits + "(commit_no, time_us, frame) VALUES (?1, ?2, ?3)",
                 {static_cast<int64_t>(row.commit), row.time_us, static_cast<int64_t>(row.token)}));
    SPECTRADB_RETURN_IF_ERROR(seal_anew(database_, row.commit));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_.last_commit());
  return note_repair(database_, kWay, last,
                     added_.size() + tokens_.size() + copies_.size() + doubled_.size() + tables_.size());
}

}  // namespace

Result<lsm::RepairPlan> repair_rows(Database& database, const std::optional<std::string>& token) {
  if (sqlite3_get_autocommit(database.connection().handle()) == 0)
    return Status::invalid("spectradb_repair('rows') works outside of transactions");
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_store());
  if (!there) return lsm::RepairPlan{};
  RowRepair repair(database);
  if (token) {  // copies of facts can only go once the store has written them to SSTables
    SPECTRADB_ASSIGN_OR_RETURN(const lsm::RepairPlan plan, repair.plan());
    const bool is_asked = !plan.token.empty() && plan.token == *token;
    if (is_asked && !database.has_rows_store()) SPECTRADB_RETURN_IF_ERROR(database.store_if_open()->flush());
  }
  return run_repair(database, kWay, repair, token);
}

}  // namespace spectradb::extension

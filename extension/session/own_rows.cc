#include "extension/session/own_rows.h"

#include <cstdlib>
#include <memory>
#include <optional>

#include "extension/host/values.h"
#include "extension/session/catalog_seal.h"
#include "extension/session/database.h"
#include "extension/session/row_seal.h"
#include "extension/session/store_storage.h"
#include "extension/session/text_seal.h"
#include "lsm/base/checksum.h"
#include "lsm/log/log_format.h"

namespace spectradb::extension {

namespace {

using temporal::Value;

constexpr size_t kMostSentences = 20;

Value column_of(const Query& query, int column) {
  return from_sqlite(sqlite3_column_value(query.statement(), column));
}

// Walks through the rows that another table has for commits, in their order.
class Follower {
 public:
  Follower(Database& database, const char* table, const char* columns, const char* order)
      : table_(table),
        query_(database.connection().handle(), std::string("SELECT commit_no, ") + columns + " FROM " +
                                                   database.qualified(table) + " ORDER BY " + order) {}

  Status open() { return next(); }
  Status next() {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query_.step());
    at_end_ = !row;
    return Status::ok();
  }
  // A value that is no integer (SQLite keeps whatever it is given) belongs to no commit.
  bool is_of(uint64_t commit) const {
    return !at_end_ && sqlite3_column_type(query_.statement(), 0) == SQLITE_INTEGER &&
           query_.integer(0) == static_cast<int64_t>(commit);
  }
  bool is_before(uint64_t commit) const {
    return !at_end_ && !is_of(commit) && query_.integer(0) <= static_cast<int64_t>(commit) &&
           sqlite3_column_type(query_.statement(), 0) != SQLITE_TEXT;
  }
  bool at_end() const { return at_end_; }
  const Query& row() const { return query_; }
  std::string stray() const {
    return std::string(table_) + " has a row of commit " + query_.text(0) + ", which is none";
  }

 private:
  const char* table_;
  Query query_;
  bool at_end_ = true;
};

class RowCheck {
 public:
  explicit RowCheck(Database& database) : database_(database) {}

  Result<std::vector<std::string>> run();
  const BrokenCommits& broken() const { return broken_; }

 private:
  Status open();
  Status follow(std::unique_ptr<Follower>* follower, const char* table, const char* columns,
                const char* order);
  Status check(const Query& row);
  Status add_followers(uint64_t commit, RowSeal* seal);
  Status pass_strays(Follower* follower, uint64_t commit);
  bool has_frame(const Query& row, uint64_t commit) const;
  void say(const std::string& sentence) {
    if (++said_ <= kMostSentences) problems_.push_back(sentence);
    ++broken_.others;
  }
  void say_of_seal(uint64_t commit, const std::string& sentence) {
    say(sentence);
    --broken_.others;
    broken_.numbers.push_back(commit);
  }
  std::string of_commit(uint64_t commit) const {
    return "commit " + std::to_string(commit) + " of " + database_.schema();
  }

  Database& database_;
  std::string store_id_;
  std::unique_ptr<Follower> clock_;  // null: there is no such table
  std::unique_ptr<Follower> notes_;
  uint64_t last_ = 0;
  std::optional<int64_t> last_us_;
  // Format 2 had no seals: the commits before this one have none. Nullopt: not known.
  std::optional<uint64_t> sealed_from_;
  bool was_sealed_ = false;
  size_t said_ = 0;
  BrokenCommits broken_;
  std::vector<std::string> problems_;
};

Status RowCheck::follow(std::unique_ptr<Follower>* follower, const char* table, const char* columns,
                        const char* order) {
  const Result<bool> there = database_.has_table(table);
  if (!there || !*there) return there.status();
  *follower = std::make_unique<Follower>(database_, table, columns, order);
  return (*follower)->open();
}

Status RowCheck::open() {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string id, database_.meta("store_id"));
  store_id_ = id;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string from, database_.meta(kSealedFromName));
  if (!from.empty()) sealed_from_ = std::strtoull(from.c_str(), nullptr, 10);
  SPECTRADB_RETURN_IF_ERROR(follow(&clock_, kClockTable, "clock_us, was_us", "1"));
  return follow(&notes_, CommitNotes::kTable, "name, value", "1, 2");
}

Status RowCheck::pass_strays(Follower* follower, uint64_t commit) {
  while (follower->is_before(commit)) {
    say(follower->stray());
    SPECTRADB_RETURN_IF_ERROR(follower->next());
  }
  return Status::ok();
}

Status RowCheck::add_followers(uint64_t commit, RowSeal* seal) {
  if (clock_ != nullptr) {
    SPECTRADB_RETURN_IF_ERROR(pass_strays(clock_.get(), commit));
    if (clock_->is_of(commit)) {
      add_clock(*seal, column_of(clock_->row(), 1), column_of(clock_->row(), 2));
      SPECTRADB_RETURN_IF_ERROR(clock_->next());
    }
  }
  if (notes_ == nullptr) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(pass_strays(notes_.get(), commit));
  while (notes_->is_of(commit)) {
    seal->add(kNotePart);
    seal->add(column_of(notes_->row(), 1));
    seal->add(column_of(notes_->row(), 2));
    SPECTRADB_RETURN_IF_ERROR(notes_->next());
  }
  return Status::ok();
}

// Whether the copy of the commit's frame, if there is one, is intact.
bool RowCheck::has_frame(const Query& row, uint64_t commit) const {
  if (row.is_null(4) || row.blob(4).empty()) return true;
  const auto frame = lsm::read_frame(row.blob(4), 0, lsm::checksum64(store_id_, 0));
  return frame && frame->commit == commit && frame->token == static_cast<uint64_t>(row.integer(2)) &&
         frame->end == row.blob(4).size();
}

// The columns are commit_no, time_us, frame, seal, facts.
Status RowCheck::check(const Query& row) {
  const auto commit = static_cast<uint64_t>(row.integer(0));
  if (commit == last_ && last_ != 0) {
    say(of_commit(commit) + " is there twice, in _spectradb_commits and _spectradb_recent");
    return Status::ok();
  }
  if (commit != last_ + 1)
    say("_spectradb_commits and _spectradb_recent of " + database_.schema() +
        " lack what was between commit " + std::to_string(last_) + " and commit " + std::to_string(commit));
  last_ = commit;
  RowSeal seal;
  begin_commit_seal(seal, commit, column_of(row, 1), column_of(row, 2));
  SPECTRADB_RETURN_IF_ERROR(add_followers(commit, &seal));
  if (!row.is_null(3) && column_of(row, 3).integer != seal.value(store_id_))
    say_of_seal(commit, of_commit(commit) +
                            " is not what was committed: somebody else has changed its time, its token, its "
                            "notes or what the clock read");
  if (row.is_null(3) && (was_sealed_ || (sealed_from_ && commit >= *sealed_from_)))
    say_of_seal(commit, of_commit(commit) + " has lost its seal");
  was_sealed_ = !row.is_null(3);
  if (!has_frame(row, commit))
    say("_spectradb_recent has facts of " + of_commit(commit) + " that are not those that were committed");
  if (last_us_ && row.integer(1) <= *last_us_)
    say(of_commit(commit) + " has a time that is not behind that of the commit before");
  last_us_ = row.integer(1);
  return Status::ok();
}

Result<std::vector<std::string>> RowCheck::run() {
  SPECTRADB_RETURN_IF_ERROR(open());
  sqlite3* db = database_.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_seals, CommitTable::has_seals(db, database_.schema()));
  const std::string seal = has_seals ? "seal" : "NULL";
  {
    Query rows(db, "SELECT commit_no, time_us, frame, " + seal + ", NULL FROM " +
                       database_.qualified("_spectradb_commits") +
                       " UNION ALL SELECT commit_no, time_us, frame, " + seal + ", facts FROM " +
                       database_.qualified("_spectradb_recent") + " ORDER BY 1");
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows.step());
      if (!row) break;
      SPECTRADB_RETURN_IF_ERROR(check(rows));
    }
  }
  for (Follower* follower : {clock_.get(), notes_.get()}) {
    while (follower != nullptr && !follower->at_end()) {
      say(follower->stray());
      SPECTRADB_RETURN_IF_ERROR(follower->next());
    }
  }
  if (said_ > kMostSentences)
    problems_.push_back("and " + std::to_string(said_ - kMostSentences) + " more rows of " +
                        database_.schema());
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> catalog, database_.catalog_seal().problems());
  problems_.insert(problems_.end(), catalog.begin(), catalog.end());
  return std::move(problems_);
}

}  // namespace

Result<std::vector<std::string>> missing_own_tables(Database& database) {
  std::vector<std::string> problems;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table("_spectradb_meta"));
  if (!there) {
    Query orphan(
        database.connection().handle(),
        "SELECT name FROM " + database.qualified("sqlite_master") +
            " WHERE name LIKE '\\_spectradb\\_%' ESCAPE '\\' OR (type = 'table' AND rootpage = 0 AND sql "
            "LIKE '%USING spectradb(%') LIMIT 1");
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, orphan.step());
    if (!row) return problems;
  }
  std::string storage;
  if (there) {
    SPECTRADB_ASSIGN_OR_RETURN(storage, database.storage());
  }
  std::vector<const char*> tables = {"_spectradb_meta", "_spectradb_tables", "_spectradb_commits",
                                     "_spectradb_recent"};
  if (storage == kRowsStorage) tables.insert(tables.end(), {"_spectradb_blocks", "_spectradb_files"});
  for (const char* table : tables) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, database.has_table(table));
    if (!is_there)
      problems.push_back(
          "table " + std::string(table) + " of " + database.schema() +
          " is gone, though the database has temporal tables: put back the database from a backup");
  }
  return problems;
}

Result<std::vector<std::string>> own_row_problems(Database& database) { return RowCheck(database).run(); }

Result<BrokenCommits> broken_commits(Database& database) {
  RowCheck check(database);
  SPECTRADB_RETURN_IF_ERROR(check.run().status());
  return check.broken();
}

// Somebody may have put a value of another type into _spectradb_clock, which is sealed as it stands.
Result<int64_t> seal_with(Database& database, uint64_t commit, const Value& time, const Value& frame) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string id, database.meta("store_id"));
  RowSeal seal;
  begin_commit_seal(seal, commit, time, frame);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_clock, ClockReadings(db, database.schema()).has_table());
  if (has_clock) {
    Query reading(
        db, "SELECT clock_us, was_us FROM " + database.qualified(kClockTable) + " WHERE commit_no = ?1");
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, reading.bind(1, static_cast<int64_t>(commit)).step());
    if (row) add_clock(seal, column_of(reading, 0), column_of(reading, 1));
  }
  SPECTRADB_RETURN_IF_ERROR(add_notes(seal, database, commit));
  return seal.value(id);
}

Result<std::optional<int64_t>> seal_of_commit(Database& database, uint64_t commit) {
  Query row(
      database.connection().handle(),
      "SELECT time_us, frame FROM " + CommitTable::relation(database.schema()) + " WHERE commit_no = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, row.bind(1, static_cast<int64_t>(commit)).step());
  if (!there) return std::optional<int64_t>();
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t seal,
                             seal_with(database, commit, column_of(row, 0), column_of(row, 1)));
  return std::optional(seal);
}

Status seal_anew(Database& database, uint64_t commit) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_seals, CommitTable::has_seals(db, database.schema()));
  if (!has_seals) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> seal, seal_of_commit(database, commit));
  if (!seal) return Status::ok();
  for (const char* table : {"_spectradb_commits", "_spectradb_recent"}) {
    Query update(db, "UPDATE " + database.qualified(table) + " SET seal = ?2 WHERE commit_no = ?1");
    SPECTRADB_RETURN_IF_ERROR(update.bind(1, static_cast<int64_t>(commit)).bind(2, *seal).run());
  }
  return Status::ok();
}

}  // namespace spectradb::extension

#include "extension/session/commit_table.h"

namespace spectradb::extension {

namespace {

std::string commits_of(const std::string& schema) { return quoted(schema) + "._spectradb_commits"; }
std::string recent_of(const std::string& schema) { return quoted(schema) + "._spectradb_recent"; }

std::string newest_in(const std::string& table) {
  return "SELECT commit_no, frame, time_us FROM " + table + " ORDER BY commit_no DESC LIMIT 1";
}

Result<CommitTable::Commit> ask_newest(Query& query) {
  QueryScope scope(query);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  if (!row) return CommitTable::Commit{};
  return CommitTable::Commit{static_cast<uint64_t>(query.integer(0)), static_cast<uint64_t>(query.integer(1)),
                             query.integer(2)};
}

Result<std::optional<int64_t>> ask_number(Query& query, uint64_t number) {
  QueryScope scope(query);
  query.bind(1, static_cast<int64_t>(number));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? std::optional<int64_t>(query.integer(0)) : std::nullopt;
}

Status run_with(sqlite3* db, const std::string& sql, uint64_t number) {
  Query query(db, sql);
  return query.bind(1, static_cast<int64_t>(number)).run();
}

}  // namespace

CommitTable::CommitTable(sqlite3* db, const std::string& schema)
    : db_(db),
      schema_(schema),
      newest_recent_(db, newest_in(recent_of(schema))),
      newest_older_(db, newest_in(commits_of(schema))),
      time_of_older_(db, "SELECT time_us FROM " + commits_of(schema) + " WHERE commit_no = ?1"),
      time_of_recent_(db, "SELECT time_us FROM " + recent_of(schema) + " WHERE commit_no = ?1"),
      frame_of_older_(db, "SELECT frame FROM " + commits_of(schema) + " WHERE commit_no = ?1"),
      frame_of_recent_(db, "SELECT frame FROM " + recent_of(schema) + " WHERE commit_no = ?1"),
      insert_older_(db, "INSERT OR REPLACE INTO " + commits_of(schema) +
                            "(commit_no, time_us, frame, seal) VALUES (?1, ?2, ?3, ?5)"),
      insert_recent_(db, "INSERT OR REPLACE INTO " + recent_of(schema) +
                             "(commit_no, time_us, frame, facts, seal) VALUES (?1, ?2, ?3, ?4, ?5)") {}

Status CommitTable::create() {
  SPECTRADB_RETURN_IF_ERROR(execute(
      db_,
      "CREATE TABLE " + commits_of(schema_) +
          "(commit_no INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, frame INTEGER NOT NULL, seal INTEGER)"));
  return execute(db_, "CREATE TABLE " + recent_of(schema_) +
                          "(commit_no INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, frame INTEGER NOT NULL, "
                          "facts BLOB NOT NULL, seal INTEGER)");
}

Result<bool> CommitTable::has_seals(sqlite3* db, const std::string& schema) {
  return Query(db,
               "SELECT 1 FROM " + quoted(schema) +
                   ".sqlite_master WHERE type = 'table' AND name = '_spectradb_recent' AND sql LIKE '%seal%'")
      .step();
}

Status CommitTable::add_seals() {
  const Result<bool> there = has_seals(db_, schema_);
  if (!there || *there) return there.status();
  for (const std::string& table : {commits_of(schema_), recent_of(schema_)})
    SPECTRADB_RETURN_IF_ERROR(execute(db_, "ALTER TABLE " + table + " ADD COLUMN seal INTEGER"));
  return Status::ok();
}

Result<uint64_t> CommitTable::first_sealed(sqlite3* db, const std::string& schema) {
  const std::string all = "(SELECT commit_no, seal FROM " + commits_of(schema) +
                          " UNION ALL SELECT commit_no, seal FROM " + recent_of(schema) + ")";
  Query query(
      db,
      "SELECT ifnull(min(commit_no) FILTER (WHERE seal IS NOT NULL), ifnull(max(commit_no), 0) + 1) FROM " +
          all);
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  return row ? static_cast<uint64_t>(query.integer(0)) : uint64_t{1};
}

Result<CommitTable::Commit> CommitTable::newest() {
  Result<Commit> recent = ask_newest(newest_recent_);
  return !recent || recent->number != 0 ? recent : ask_newest(newest_older_);
}

Result<std::optional<int64_t>> CommitTable::time_us(uint64_t number) {
  Result<std::optional<int64_t>> time = ask_number(time_of_older_, number);
  return !time || time->has_value() ? time : ask_number(time_of_recent_, number);
}

Result<std::optional<uint64_t>> CommitTable::frame(uint64_t number) {
  Result<std::optional<int64_t>> frame = ask_number(frame_of_recent_, number);
  if (frame && !frame->has_value()) frame = ask_number(frame_of_older_, number);
  if (!frame) return frame.status();
  return *frame ? std::optional(static_cast<uint64_t>(**frame)) : std::nullopt;
}

Status CommitTable::record(const Record& record, bool is_again) {
  const uint64_t number = record.commit.number;
  if (record.is_synced) SPECTRADB_RETURN_IF_ERROR(move_recent(number));
  if (!record.is_synced && is_again)
    SPECTRADB_RETURN_IF_ERROR(
        run_with(db_, "DELETE FROM " + commits_of(schema_) + " WHERE commit_no = ?1", number));
  Query& insert = record.is_synced ? insert_older_ : insert_recent_;
  QueryScope scope(insert);
  insert.bind(1, static_cast<int64_t>(number)).bind(2, record.commit.time_us);
  insert.bind(3, static_cast<int64_t>(record.commit.frame));
  if (!record.is_synced) insert.bind_blob(4, record.copy);
  insert.bind(5, record.seal);
  SPECTRADB_RETURN_IF_ERROR(insert.run());
  if (sqlite3_changes(db_) == 1) return Status::ok();
  return ignored();
}

// A trigger of temp, or a constraint that somebody has added, has suppressed the write.
Status CommitTable::ignored() const {
  return Status::corrupt("the commit was not recorded in " + schema_ +
                         "'s tables: something makes SQLite ignore the row");
}

Status CommitTable::move_recent(uint64_t before) {
  SPECTRADB_ASSIGN_OR_RETURN(const Commit recent, ask_newest(newest_recent_));
  if (recent.number == 0) return Status::ok();
  Query count(db_, "SELECT count(*) FROM " + recent_of(schema_) + " WHERE commit_no < ?1");
  Result<bool> row = count.bind(1, static_cast<int64_t>(before)).step();
  if (!row) return row.status();
  const int64_t moved = count.integer(0);
  count.reset();
  SPECTRADB_RETURN_IF_ERROR(
      run_with(db_,
               "INSERT INTO " + commits_of(schema_) +
                   "(commit_no, time_us, frame, seal) SELECT commit_no, time_us, frame, "
                   "seal FROM " +
                   recent_of(schema_) + " WHERE commit_no < ?1 ORDER BY commit_no",
               before));
  if (sqlite3_changes(db_) != moved) return ignored();
  return execute(db_, "DELETE FROM " + recent_of(schema_));
}

std::string CommitTable::relation(const std::string& schema) {
  return "(SELECT commit_no, time_us, frame FROM " + commits_of(schema) +
         " UNION ALL SELECT commit_no, time_us, frame FROM " + recent_of(schema) + ")";
}

Status CommitTable::read(sqlite3* db, const std::string& schema, lsm::Committed* committed) {
  CommitTable table(db, schema);
  SPECTRADB_ASSIGN_OR_RETURN(Commit newest, table.newest());
  committed->commit = newest.number;
  committed->frame = newest.frame;
  Query copies(db, "SELECT commit_no, frame, facts FROM " + recent_of(schema) + " WHERE length(facts) > 0");
  Result<bool> row = copies.step();
  for (; row && *row; row = copies.step()) {
    committed->copies.push_back({static_cast<uint64_t>(copies.integer(0)),
                                 static_cast<uint64_t>(copies.integer(1)), std::string(copies.blob(2))});
  }
  if (!row) return row.status();
  // The one before the copies begin: a store that has another commit of this number is another history's.
  SPECTRADB_ASSIGN_OR_RETURN(const Commit before, ask_newest(table.newest_older_));
  if (before.number != 0) committed->copies.push_back({before.number, before.frame, {}});
  return Status::ok();
}

}  // namespace spectradb::extension

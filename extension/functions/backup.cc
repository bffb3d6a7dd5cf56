#include "extension/functions/backup.h"

#include <sys/stat.h>

#include "extension/access/gate.h"
#include "extension/functions/backup_conversion.h"
#include "extension/host/errors.h"
#include "extension/session/store_location.h"
#include "extension/session/store_storage.h"

namespace spectradb::extension {

namespace {

std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

BackupRun::BackupRun(Connection& connection, std::string schema, std::string target,
                     std::optional<std::string> storage)
    : connection_(connection),
      schema_(std::move(schema)),
      target_(std::move(target)),
      storage_(std::move(storage)) {}

BackupRun::~BackupRun() { (void)end_snapshot(); }

Result<std::unique_ptr<BackupRun>> BackupRun::begin(Connection& connection, const std::string& schema,
                                                    const std::string& target,
                                                    const std::optional<std::string>& storage) {
  if (storage) SPECTRADB_RETURN_IF_ERROR(check_storage(*storage));
  std::unique_ptr<BackupRun> run(new BackupRun(connection, schema, target, storage));
  SPECTRADB_RETURN_IF_ERROR(run->start());
  return run;
}

// In rollback-journal mode a reading statement keeps writers out. A waiting writer may hold a lock that keeps
// an observer out; but then the statement sees the last commit, which stays the last one. In WAL mode the
// statement may see an old snapshot, older than the store's files.
Result<bool> BackupRun::needs_observer() {
  if (sqlite3_txn_state(connection_.handle(), schema_.c_str()) != SQLITE_TXN_READ) return true;
  Query mode(connection_.handle(), "PRAGMA " + quoted(schema_) + ".journal_mode");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, mode.step());
  return row && mode.text(0) == "wal";
}

// A copy has every table and every column, so the host is asked as SQLite asks for VACUUM INTO: about
// attaching a file, and about reading everything.
Status BackupRun::ask_host() {
  sqlite3* user = connection_.handle();
  const Gate* gate = Gate::of(user);
  if (gate == nullptr || !gate->has_host()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(ask_permission(user, SQLITE_ATTACH, target_.c_str(), nullptr, nullptr));
  Query columns(
      user, "SELECT t.name, c.name FROM " + quoted(schema_) +
                ".sqlite_master t, pragma_table_xinfo(t.name, ?1) c WHERE t.type = 'table' AND "
                "t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_spectradb\\_%' ESCAPE '\\' "
                "AND c.hidden <> 1");
  columns.bind(1, std::string_view(schema_));
  for (;;) {
    Result<bool> row = columns.step();
    if (!row || !*row) return row.status();
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<bool> hidden,
                               ask_to_read(user, schema_, columns.text(0), {columns.text(1)}));
    if (!hidden.empty())
      return Status::invalid("access to " + columns.text(0) + "." + columns.text(1) + " is prohibited");
  }
}

Status BackupRun::start() {
  sqlite3* user = connection_.handle();
  const char* file = sqlite3_db_filename(user, schema_.c_str());
  if (file == nullptr)
    return Status::invalid("there is no database named " + schema_ + " on this connection");
  SPECTRADB_RETURN_IF_ERROR(ask_host());
  source_ = user;
  source_schema_ = schema_;
  SPECTRADB_ASSIGN_OR_RETURN(const bool observes, needs_observer());
  if (!is_in_memory(user, schema_) && observes) {
    auto observer = std::make_unique<Observer>(user, schema_, connection_.busy_timeout_ms());
    if (observer->is_open()) {
      observer_ = std::move(observer);
      source_ = observer_->handle();
      source_schema_ = "main";
    }
  }
  if (observer_ == nullptr && sqlite3_txn_state(user, schema_.c_str()) == SQLITE_TXN_WRITE)
    return Status::invalid(
        "a database in memory cannot be backed up inside a transaction that writes: COMMIT first");
  const std::shared_ptr<Database> database = connection_.database(schema_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  lsm::Store* open = nullptr;  // set where the store has files of its own
  std::string store_id;
  if (has_store) {
    const Result<uint64_t> agreed = database->snapshot();
    if (!agreed) return agreed.status();
    SPECTRADB_ASSIGN_OR_RETURN(auto* store, database->store());
    store_id = store->id();
    if (!database->has_rows_store()) open = store;
  }
  const bool is_to_rows = storage_ ? *storage_ == kRowsStorage : open == nullptr;
  converts_ = has_store && is_to_rows == (open != nullptr);
  SPECTRADB_ASSIGN_OR_RETURN(
      place_, BackupTarget::claim({source_, source_schema_, file, store_id, has_store && !is_to_rows,
                                   connection_.busy_timeout_ms()},
                                  target_));
  if (open != nullptr) {
    auto backup = open->begin_backup([this] { return begin_snapshot(); });
    if (!backup) return backup.status();
    store_ = std::move(*backup);
    SPECTRADB_RETURN_IF_ERROR(store_->begin(*place_->files(), place_->store(), place_->earlier_store()));
    for (const lsm::Backup::Part& part : store_->parts()) total_bytes_ += part.size_bytes;
    steps_ += store_->parts().size();
  } else {
    SPECTRADB_RETURN_IF_ERROR(place_->lock_earlier_store());
    SPECTRADB_RETURN_IF_ERROR(begin_snapshot().status());
  }
  Query size(source_, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  if (observer_ != nullptr) {
    if (Result<bool> row = size.step(); row && *row) total_bytes_ += static_cast<uint64_t>(size.integer(0));
  }
  return Status::ok();
}

// Returns the last commit of the snapshot, zero where there is no store.
Result<uint64_t> BackupRun::begin_snapshot() {
  SPECTRADB_RETURN_IF_ERROR(end_snapshot());
  if (observer_ != nullptr) SPECTRADB_RETURN_IF_ERROR(execute(source_, "BEGIN"));
  Query tables(source_, "SELECT 1 FROM " + quoted(source_schema_) +
                            ".sqlite_master WHERE name = '_spectradb_commits'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, tables.step());
  if (!row) return uint64_t{0};
  tables.reset();
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, CommitTable(source_, source_schema_).newest());
  return newest.number;
}

Status BackupRun::end_snapshot() {
  if (observer_ == nullptr || sqlite3_get_autocommit(source_) != 0) return Status::ok();
  return execute(source_, "COMMIT");
}

Result<BackupRun::Step> BackupRun::step() {
  Result<Step> done = next_ == 0 ? copy_database() : next_ < steps_ ? write_part() : convert();
  if (!done) return done;
  ++next_;
  if (next_ == steps_ + (converts_ ? 1 : 0)) SPECTRADB_RETURN_IF_ERROR(finish());
  return done;
}

Result<BackupRun::Step> BackupRun::write_part() {
  const size_t part = next_ - 1;
  SPECTRADB_ASSIGN_OR_RETURN(const lsm::Backup::Way way, store_->write(part));
  Step step{target_, store_->parts()[part].size_bytes, "copied"};
  step.file = name_of(target_) + "-spectra/" + store_->parts()[part].name;
  if (way == lsm::Backup::Way::kLinked) step.way = "linked";
  if (way == lsm::Backup::Way::kKept) step.way = "kept";
  return step;
}

// Converts the copy to the other storage before it takes its place.
Result<BackupRun::Step> BackupRun::convert() {
  const std::shared_ptr<Database> database = connection_.database(schema_);
  const auto is_interrupted = [&database] { return database->is_interrupted(); };
  const CopiedDatabase copy{place_->database(), place_->store(), place_->files()};
  const bool is_to_rows = store_ != nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t bytes, is_to_rows ? move_store_into(copy, is_interrupted)
                                                              : move_store_out(copy, is_interrupted));
  return Step{name_of(target_) + (is_to_rows ? "/_spectradb_blocks" : "-spectra"), bytes, "converted"};
}

Result<BackupRun::Step> BackupRun::copy_database() {
  const std::string unfinished = place_->database();
  sqlite3* target = nullptr;
  int code =
      sqlite3_open_v2(unfinished.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Status status = code == SQLITE_OK ? Status::ok() : status_of_sqlite(target, code);
  if (status) {
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source_, source_schema_.c_str());
    if (backup != nullptr) {
      sqlite3_backup_step(backup, -1);
      code = sqlite3_backup_finish(backup);
    } else {
      code = sqlite3_errcode(target);
    }
    if (code != SQLITE_OK)
      status = Status::io("cannot copy the database to '" + unfinished + "': " + sqlite3_errstr(code));
  }
  sqlite3_close(target);
  SPECTRADB_RETURN_IF_ERROR(status);
  SPECTRADB_RETURN_IF_ERROR(end_snapshot());
  struct stat written {};
  ::stat(unfinished.c_str(), &written);
  return Step{name_of(target_), static_cast<uint64_t>(written.st_size), "copied"};
}

Status BackupRun::finish() {
  SPECTRADB_RETURN_IF_ERROR(place_->replace());
  store_.reset();
  place_.reset();
  is_done_ = true;
  return Status::ok();
}

}  // namespace spectradb::extension

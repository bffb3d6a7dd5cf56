#include "extension/functions/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "extension/host/errors.h"

namespace spectradb::extension {

namespace {

std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string directory_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The file, and what SQLite may have left beside it.
void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((path + suffix).c_str());
}

}  // namespace

BackupRun::BackupRun(Connection& connection, std::string schema, std::string target)
    : connection_(connection),
      schema_(std::move(schema)),
      target_(std::move(target)),
      unfinished_(target_ + "-unfinished") {}

BackupRun::~BackupRun() {
  (void)end_snapshot();
  if (!is_done_) remove_database(unfinished_);
}

Result<std::unique_ptr<BackupRun>> BackupRun::begin(Connection& connection, const std::string& schema,
                                                    const std::string& target) {
  std::unique_ptr<BackupRun> run(new BackupRun(connection, schema, target));
  SPECTRADB_RETURN_IF_ERROR(run->start());
  return run;
}

Status BackupRun::check_target() const {
  if (target_.empty()) return Status::invalid("spectradb_backup needs the name of a file to write");
  struct stat there {};
  if (::stat(directory_of(target_).c_str(), &there) != 0 || !S_ISDIR(there.st_mode))
    return Status::invalid("cannot back up to '" + target_ + "': there is no directory '" +
                           directory_of(target_) + "'");
  if (::stat(target_.c_str(), &there) != 0) return Status::ok();
  if (!S_ISREG(there.st_mode))
    return Status::invalid("cannot back up to '" + target_ + "': it is not a file");
  const char* file = sqlite3_db_filename(connection_.handle(), schema_.c_str());
  struct stat own {};
  if (file != nullptr && *file != '\0' && ::stat(file, &own) == 0 && own.st_dev == there.st_dev &&
      own.st_ino == there.st_ino)
    return Status::invalid("cannot back up to '" + target_ + "': that is the database itself");
  return Status::ok();
}

// A statement that reads keeps writers out in rollback-journal mode, and one of them may wait for it with a
// lock that keeps an observer out: but then what the statement sees is the last commit, and stays it. In WAL
// mode it may be an old snapshot, which the store's files are ahead of.
Result<bool> BackupRun::needs_observer() {
  if (sqlite3_txn_state(connection_.handle(), schema_.c_str()) != SQLITE_TXN_READ) return true;
  Query mode(connection_.handle(), "PRAGMA " + quoted(schema_) + ".journal_mode");
  Result<bool> row = mode.step();
  if (!row) return row.status();
  return *row && mode.text(0) == "wal";
}

Status BackupRun::start() {
  sqlite3* user = connection_.handle();
  const char* file = sqlite3_db_filename(user, schema_.c_str());
  if (file == nullptr)
    return Status::invalid("there is no database named " + schema_ + " on this connection");
  SPECTRADB_RETURN_IF_ERROR(check_target());
  source_ = user;
  source_schema_ = schema_;
  Result<bool> observes = needs_observer();
  if (!observes) return observes.status();
  if (*file != '\0' && *observes) {
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
  Result<bool> has_store = database->has_store();
  if (!has_store) return has_store.status();
  if (*has_store) {
    Result<lsm::Store*> store = database->store();
    if (!store) return store.status();
    auto backup = (*store)->begin_backup([this] { return begin_snapshot(); });
    if (!backup) return backup.status();
    store_ = std::move(*backup);
    SPECTRADB_RETURN_IF_ERROR(store_->begin(*lsm::posix_file_system(), target_ + "-spectra"));
    for (const lsm::Backup::Part& part : store_->parts()) total_bytes_ += part.size_bytes;
  } else if (Result<uint64_t> begun = begin_snapshot(); !begun) {
    return begun.status();
  }
  Query size(source_, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  if (observer_ != nullptr) {
    if (Result<bool> row = size.step(); row && *row) total_bytes_ += static_cast<uint64_t>(size.integer(0));
  }
  return Status::ok();
}

// The last commit that it shows, zero where there is no store.
Result<uint64_t> BackupRun::begin_snapshot() {
  SPECTRADB_RETURN_IF_ERROR(end_snapshot());
  if (observer_ != nullptr) SPECTRADB_RETURN_IF_ERROR(execute(source_, "BEGIN"));
  Query tables(source_, "SELECT 1 FROM " + quoted(source_schema_) +
                            ".sqlite_master WHERE name = '_spectradb_commits'");
  Result<bool> row = tables.step();
  if (!row) return row.status();
  if (!*row) return uint64_t{0};
  tables.reset();
  const Result<CommitTable::Commit> newest = CommitTable(source_, source_schema_).newest();
  if (!newest) return newest.status();
  return newest->number;
}

Status BackupRun::end_snapshot() {
  if (observer_ == nullptr || sqlite3_get_autocommit(source_) != 0) return Status::ok();
  return execute(source_, "COMMIT");
}

Result<BackupRun::Step> BackupRun::step() {
  if (next_ == 0) {
    Result<Step> copied = copy_database();
    if (!copied) return copied;
    next_ = 1;
    if (store_ == nullptr) SPECTRADB_RETURN_IF_ERROR(finish());
    return copied;
  }
  const size_t part = next_ - 1;
  Result<lsm::Backup::Way> way = store_->write(part);
  if (!way) return way.status();
  Step step{target_, store_->parts()[part].size_bytes, "copied"};
  step.file = name_of(target_) + "-spectra/" + store_->parts()[part].name;
  if (*way == lsm::Backup::Way::kLinked) step.way = "linked";
  if (*way == lsm::Backup::Way::kKept) step.way = "kept";
  if (next_++ == store_->parts().size()) SPECTRADB_RETURN_IF_ERROR(finish());
  return step;
}

Result<BackupRun::Step> BackupRun::copy_database() {
  remove_database(unfinished_);
  sqlite3* target = nullptr;
  int code =
      sqlite3_open_v2(unfinished_.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
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
      status = Status::io("cannot copy the database to '" + unfinished_ + "': " + sqlite3_errstr(code));
  }
  sqlite3_close(target);
  SPECTRADB_RETURN_IF_ERROR(status);
  SPECTRADB_RETURN_IF_ERROR(end_snapshot());
  struct stat written {};
  ::stat(unfinished_.c_str(), &written);
  return Step{name_of(target_), static_cast<uint64_t>(written.st_size), "copied"};
}

Status BackupRun::finish() {
  remove_database(target_);
  if (std::rename(unfinished_.c_str(), target_.c_str()) != 0)
    return Status::io("cannot rename '" + unfinished_ + "' to '" + target_ + "': " + std::strerror(errno));
  SPECTRADB_RETURN_IF_ERROR(lsm::posix_file_system()->sync_directory(directory_of(target_)));
  store_.reset();
  is_done_ = true;
  return Status::ok();
}

}  // namespace spectradb::extension

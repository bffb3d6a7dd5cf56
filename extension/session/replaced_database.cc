// Notices a database that is replaced while it is open: by `.restore` or the backup API, which write another
// database's pages over its own, or by an older copy of itself. The store is then another database's, or has
// commits that this one lacks. Whenever SQLite's file has changed, number and token of the store's last
// commit are compared with the file's rows, before anything is read or acknowledged.
#include "extension/host/observer.h"
#include "extension/session/database.h"
#include "extension/session/dropped_tables.h"
#include "extension/session/store_registry.h"
#include "extension/session/store_storage.h"

namespace spectradb::extension {

namespace {

constexpr const char* kWayOut = ": put back the database, or the database and its store from one backup";
constexpr const char* kWayBack =
    ": put back the newer database, or let SELECT spectradb_repair('rewind') say how the store goes back";

// The asking statement itself counts as one.
bool is_another_running(sqlite3* db) {
  int running = 0;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db, statement))
    running += sqlite3_stmt_busy(statement) != 0 ? 1 : 0;
  return running > 1;
}

Status is_older(const lsm::Store& store, uint64_t commit, uint64_t last) {
  return Status::invalid("the database was replaced by an older one while it was open: it ends at commit " +
                         std::to_string(commit) + ", and its store '" + store.directory() + "' has commit " +
                         std::to_string(last) + kWayBack);
}

Status is_another(const lsm::Store& store, uint64_t last) {
  return Status::invalid("the database was replaced while it was open: commit " + std::to_string(last) +
                         " of its store '" + store.directory() + "' is not the database's" + kWayOut);
}

}  // namespace

Status Database::agree(const CommitTable::Commit& newest, Use use) {
  const lsm::CommitToken last = store_->last();
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_last, has_last_commit(newest, last, use));
  return has_last ? Status::ok() : follow_replaced(newest, last);
}

// A token is computed from all bytes of a commit and from the store's id: a database that has a number with
// this token has this commit. Where there are no commits to compare, the ids are compared.
Result<bool> Database::has_last_commit(const CommitTable::Commit& newest, lsm::CommitToken last, Use use) {
  if (newest.number == last.commit && last.commit != 0) return newest.frame == last.frame;
  if (newest.number == 0 || last.commit == 0) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string id, meta("store_id"));
    return id == store_->id() && (newest.number >= last.commit || use == Use::kRead);
  }
  if (newest.number < last.commit) return use == Use::kRead ? is_older_snapshot(newest, last) : false;
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> frame, commits_.frame(last.commit));
  return frame == last.frame;
}

// Whether a reader merely has a snapshot older than the last commit: then the store has what it reads. A
// database that was replaced by an older copy of itself looks the same, until it is written to.
Result<bool> Database::is_older_snapshot(const CommitTable::Commit& newest, lsm::CommitToken last) {
  if (const std::optional<uint64_t> frame = store_->frame_of(newest.number)) return *frame == newest.frame;
  if (!is_on_disk()) return false;
  Observer observer(connection_.handle(), schema_, connection_.busy_timeout_ms());
  if (!observer.is_open()) return false;
  CommitTable truth(observer.handle(), "main");
  for (const lsm::CommitToken& known : {last, lsm::CommitToken{newest.number, newest.frame}}) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint64_t> frame, truth.frame(known.commit));
    if (frame != known.frame) return false;
  }
  return true;
}

Status Database::follow_replaced(const CommitTable::Commit& newest, lsm::CommitToken last) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string id, meta("store_id"));
  if (id == store_->id()) {
    return newest.number < last.commit ? is_older(*store_, newest.number, last.commit)
                                       : is_another(*store_, last.commit);
  }
  readers_.clear();
  snapshot_known_ = false;
  replaced_store_ = std::move(store_);
  store_.reset();
  return store().status();
}

Result<lsm::RepairPlan> Database::repair(lsm::Repair way, const std::optional<std::string>& token) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_internal_tables());
  if (!there) return lsm::RepairPlan{};
  SPECTRADB_RETURN_IF_ERROR(check_format());
  if (batch_ != nullptr || is_another_running(connection_.handle()))
    return Status::invalid(
        "spectradb_repair() works outside of transactions that write, when no other statement runs");
  SPECTRADB_ASSIGN_OR_RETURN(const std::string where, storage());
  if (where == kRowsStorage)
    return lsm::RepairPlan{
        "nothing is to be repaired: the store is in the database, and goes with its commits", {}};
  SPECTRADB_ASSIGN_OR_RETURN(const StoreLocation location, locate_store(connection_.handle(), schema_));
  if (location.in_memory)
    return lsm::RepairPlan{"nothing is to be repaired: the database is in memory, and so is its store", {}};
  readers_.clear();
  snapshot_known_ = false;
  store_.reset();
  replaced_store_.reset();
  connection_.keep_store(schema_, nullptr);
  return repair_store(
      location, way, [this] { return committed_truth(); },
      [this](uint64_t commit) { return commits_.frame(commit); },
      [this](const lsm::RetiredKeys& retired) {
        return check_tables_not_retired(connection_.handle(), schema_, retired);
      },
      token);
}

}  // namespace spectradb::extension

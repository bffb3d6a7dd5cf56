// Notices a database that is replaced while it is open: by `.restore` or the backup API, which write another
// database's pages over its own, by sqlite3_deserialize(), by another one attached under its name, or by an
// older copy of itself. The store is then another database's, or has commits that this one lacks. Whenever what
// SQLite shows has changed, what is open is compared with what the database has, before anything is read or
// acknowledged: id, storage and place of the store, and the number and token of its last commit.
#include "extension/host/observer.h"
#include "extension/session/database.h"
#include "extension/session/dropped_tables.h"
#include "extension/session/own_readers.h"
#include "extension/session/store_registry.h"
#include "extension/session/store_storage.h"
#include "lsm/store/rows_store.h"

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

void Database::reconnected() {
  open_at_ = PagerMark();
  snapshot_known_ = false;
  subjects_.doubt();
  is_upgraded_ = false;
}

// A transaction that has written holds SQLite's lock: nobody replaces the database meanwhile.
Status Database::check_open() {
  if (batch_ != nullptr || (rows_ != nullptr && rows_->edits() > 0)) return Status::ok();
  sqlite3* db = connection_.handle();
  if (open_at_.holds(db, schema_)) return Status::ok();
  // In a transaction that has read nothing yet, asking would take SQLite's lock, which the transaction then keeps although the
  // statement may fail. What reads asks again.
  if (sqlite3_get_autocommit(db) == 0 && sqlite3_txn_state(db, schema_.c_str()) == SQLITE_TXN_NONE)
    return Status::ok();
  PagerMark now;
  bool is_same = false;
  {
    const QueryScope scope(identity_);
    SPECTRADB_RETURN_IF_ERROR(identity_.step().status());
    is_same = identity_.text(0) == store_->id() && (identity_.text(1) == kRowsStorage) == (rows_ != nullptr);
    now = PagerMark(db, schema_);
  }
  // A copy with its directory has the same id as the database that it was made of.
  if (is_same && rows_ == nullptr && !now.is_of_pager_of(open_at_)) {
    SPECTRADB_ASSIGN_OR_RETURN(const StoreLocation location, locate_store(db, schema_));
    is_same = location.identity == place_;
  }
  if (is_same) {
    open_at_ = now;
  } else {
    close_replaced();
  }
  return Status::ok();
}

void Database::close_replaced() {
  readers_.clear();
  if (batch_ != nullptr) connection_.part<OwnReaders>().drop(batch_);
  replaced_store_ = store_;
  give_up_rows_store();
  store_.reset();
  snapshot_known_ = false;
  is_upgraded_ = false;
  open_at_ = PagerMark();
  ++history_;
}

Status Database::show_newest(const CommitTable::Commit& newest, Use use) {
  SPECTRADB_RETURN_IF_ERROR(store().status());
  if (rows_ != nullptr) return follow_rows(newest);
  SPECTRADB_RETURN_IF_ERROR(agree(newest, use));
  return store_->publish(newest.number, newest.frame);
}

Status Database::agree(const CommitTable::Commit& newest, Use use) {
  const lsm::CommitToken last = store_->last();
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_last, has_last_commit(newest, last, use));
  if (has_last) return Status::ok();
  return newest.number < last.commit ? is_older(*store_, newest.number, last.commit)
                                     : is_another(*store_, last.commit);
}

// A token is computed from all bytes of a commit and from the store's id: a database that has a number with
// this token has this commit. The ids are the same (check_open).
Result<bool> Database::has_last_commit(const CommitTable::Commit& newest, lsm::CommitToken last, Use use) {
  if (newest.number == last.commit && last.commit != 0) return newest.frame == last.frame;
  if (newest.number == 0 || last.commit == 0) return newest.number >= last.commit || use == Use::kRead;
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
  close_replaced();
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

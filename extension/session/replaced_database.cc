// A database that is replaced while it is open: by `.restore` or the backup API, which write another database's pages
// in the place of its own, or by an older copy of its own. The store is then another database's, or has commits that
// this one does not have. Whenever SQLite's file has changed, the number and the token of the store's last commit are
// compared with the file's rows, before anything is read or acknowledged.
#include "extension/host/observer.h"
#include "extension/session/database.h"

namespace spectradb::extension {

namespace {

constexpr const char* kWayOut = ": put back the database, or the database and its store from one backup";

Status is_older(const lsm::Store& store, uint64_t commit, uint64_t last) {
  return Status::invalid("the database was replaced by an older one while it was open: it ends at commit " +
                         std::to_string(commit) + ", and its store '" + store.directory() + "' has commit " +
                         std::to_string(last) + kWayOut);
}

Status is_another(const lsm::Store& store, uint64_t last) {
  return Status::invalid("the database was replaced while it was open: commit " + std::to_string(last) +
                         " of its store '" + store.directory() + "' is not the database's" + kWayOut);
}

}  // namespace

Status Database::agree(const CommitTable::Commit& newest, Use use) {
  const lsm::CommitToken last = store_->last();
  const Result<bool> has_last = has_last_commit(newest, last, use);
  if (!has_last) return has_last.status();
  return *has_last ? Status::ok() : follow_replaced(newest, last);
}

// A token is made of all bytes of a commit and of the store's id: a database that has the token of a number has that
// commit. Where there are no commits to compare, the ids are.
Result<bool> Database::has_last_commit(const CommitTable::Commit& newest, lsm::CommitToken last, Use use) {
  if (newest.number == last.commit && last.commit != 0) return newest.frame == last.frame;
  if (newest.number == 0 || last.commit == 0) {
    const Result<std::string> id = meta("store_id");
    if (!id) return id.status();
    return *id == store_->id() && (newest.number >= last.commit || use == Use::kRead);
  }
  if (newest.number < last.commit) return use == Use::kRead ? is_older_snapshot(newest, last) : false;
  const Result<std::optional<uint64_t>> frame = commits_.frame(last.commit);
  if (!frame) return frame.status();
  return *frame == last.frame;
}

// A reader whose snapshot is older than the last commit: what it reads, the store has. A database that was replaced by
// an older copy of itself reads the same, until it is written to.
Result<bool> Database::is_older_snapshot(const CommitTable::Commit& newest, lsm::CommitToken last) {
  if (const std::optional<uint64_t> frame = store_->frame_of(newest.number)) return *frame == newest.frame;
  if (!is_on_disk()) return false;
  Observer observer(connection_.handle(), schema_, connection_.busy_timeout_ms());
  if (!observer.is_open()) return false;
  CommitTable truth(observer.handle(), "main");
  for (const lsm::CommitToken& known : {last, lsm::CommitToken{newest.number, newest.frame}}) {
    const Result<std::optional<uint64_t>> frame = truth.frame(known.commit);
    if (!frame) return frame.status();
    if (*frame != known.frame) return false;
  }
  return true;
}

Status Database::follow_replaced(const CommitTable::Commit& newest, lsm::CommitToken last) {
  const Result<std::string> id = meta("store_id");
  if (!id) return id.status();
  if (*id == store_->id()) {
    return newest.number < last.commit ? is_older(*store_, newest.number, last.commit)
                                       : is_another(*store_, last.commit);
  }
  readers_.clear();
  snapshot_known_ = false;
  replaced_store_ = std::move(store_);
  store_.reset();
  return store().status();
}

}  // namespace spectradb::extension

// The part of one database in the open transaction, as SQLite drives it through the tables that take part.
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/assert.h"
#include "extension/host/kept_rowid.h"
#include "extension/host/query.h"
#include "extension/session/annotations.h"
#include "extension/session/commit_listeners.h"
#include "extension/session/database.h"
#include "extension/session/formats.h"
#include "extension/session/latest_rows.h"
#include "extension/session/lost_statements.h"
#include "extension/session/outlived_readers.h"
#include "extension/session/own_readers.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/row_seal.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_location.h"
#include "extension/session/text_seal.h"
#include "lsm/memory/large_entries.h"
#include "lsm/store/rows_store.h"

namespace spectradb::extension {

namespace {

constexpr uint64_t kMemtablesOfBatch = 4;  // a batch may take as much memory as memtables that wait
constexpr auto kRoomPause = std::chrono::milliseconds(5);

// Where memtables are full and another process is working, the store waits a moment, and this waits for
// busy_timeout.
Result<lsm::PreparedFrame> patiently(Connection& connection,
                                     const std::function<Result<lsm::PreparedFrame>()>& prepare) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    Result<lsm::PreparedFrame> frame = prepare();
    if (frame || frame.status().code() != Code::kBusy) return frame;
    const auto patience = std::chrono::milliseconds(connection.busy_timeout_ms());
    if (std::chrono::steady_clock::now() - start >= patience) return frame;
    std::this_thread::sleep_for(kRoomPause);
  }
}

}  // namespace

Status Database::begin() {
  if (batch_ != nullptr) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
  // SQLite's write lock is held: this connection sees the last commit, and the next number is ours.
  SPECTRADB_ASSIGN_OR_RETURN(const CommitTable::Commit newest, newest_commit());
  SPECTRADB_RETURN_IF_ERROR(show_newest(newest, Use::kWrite));
  SPECTRADB_RETURN_IF_ERROR(subjects_.refresh());
  base_commit_ = newest.number;
  base_time_us_ = newest.time_us;
  // Savepoints that are older than the first fact have marks before all facts.
  SPECTRADB_ASSERT(savepoints_.stand_before_all_writes());
  connection_.part<OwnReaders>();  // so that ending the transaction needs no memory
  connection_.part<OutlivedReaders>();
  connection_.part<LostStatements>().statement_begins();
  auto batch = std::make_shared<lsm::WriteBatch>();
  batch->make_room_for_rollback();
  batch_ = std::move(batch);
  ++transactions_;
  batch_max_bytes_ = kMemtablesOfBatch * store_->knob(*lsm::find_knob("memtable_max_bytes"));
  for (CommitPart* part : parts_) part->begin();
  attempt_.withdraw();
  return Status::ok();
}

Status Database::make_room() {
  const bool is_full = batch_->size_bytes() >= batch_max_bytes_;
  if (!is_full && !is_worth_spilling(*batch_, batch_max_bytes_ / kMemtablesOfBatch)) return Status::ok();
  ++spills_;
  connection_.part<OwnReaders>().drop(batch_);  // which hold what goes to files
  return store_->spill(own_commit(), *batch_);
}

bool Database::is_on_disk() const { return !is_in_memory(connection_.handle(), schema_); }

bool Database::wants_sync() {
  Query query(connection_.handle(), "PRAGMA " + quoted(schema_) + ".synchronous");
  Result<bool> row = query.step();
  return !row || !*row || query.integer(0) != 0;
}

// Tables of an earlier release get seals with this release's first commit or change.
Status Database::upgrade() {
  if (is_upgraded_) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string format, meta("format"));
  if (format.empty()) return Status::ok();  // ROLLBACK TO has taken everything back
  if (format == kFormatWithoutSeals) {
    SPECTRADB_RETURN_IF_ERROR(catalog_seal_.will_define_all());
    SPECTRADB_RETURN_IF_ERROR(commits_.add_seals());
    SPECTRADB_RETURN_IF_ERROR(set_meta("format", kFormat));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string sealed_from, meta(kSealedFromName));
  if (sealed_from.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t first,
                               CommitTable::first_sealed(connection_.handle(), schema_));
    SPECTRADB_RETURN_IF_ERROR(set_meta(kSealedFromName, std::to_string(first)));
    SPECTRADB_RETURN_IF_ERROR(seal_unsealed_own_tables(connection_.handle(), schema_));
  }
  is_upgraded_ = true;
  return Status::ok();
}

Status Database::record_commit(uint64_t commit, uint64_t frame) {
  const std::optional<int64_t> given_us = connection_.part<Annotations>().time_us();
  const int64_t clock_us = given_us ? *given_us : wall_clock_us();
  const std::optional<int64_t> before_us = base_commit_ > 0 ? std::optional(base_time_us_) : std::nullopt;
  const int64_t time_us = monotone_time_us(clock_us, before_us);
  const std::optional<int64_t> reading =
      needs_reading(time_us, before_us) ? std::optional(clock_us) : std::nullopt;
  own_time_us_ = time_us;
  own_clock_us_ = reading;
  SPECTRADB_RETURN_IF_ERROR(own_tables_.check_triggers());
  const KeptRowid kept(connection_.handle());
  Status status = upgrade();
  if (status && reading) status = catalog_seal_.will_make(kClockTable);
  if (status) status = clock_readings_.record(commit, reading, attempt_.may_have_row());
  for (CommitPart* part : parts_)
    if (status) status = part->write(commit);
  RowSeal seal;
  begin_commit_seal(seal, commit, temporal::Value::of_integer(time_us),
                    temporal::Value::of_integer(static_cast<int64_t>(frame)));
  if (reading) add_clock(seal, {reading, std::nullopt});
  if (status && !connection_.part<Annotations>().list().empty()) status = add_notes(seal, *this, commit);
  if (status)
    status = commits_.record(
        {{commit, frame, time_us}, attempt_.copy(), attempt_.is_synced(), seal.value(store_->id())},
        attempt_.may_have_row());
  attempt_.row_was_tried();
  if (status) status = catalog_seal_.write();
  return status;
}

Status Database::seal_catalog() {
  if (!catalog_seal_.is_changed()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(upgrade());
  return catalog_seal_.write();
}

// May run again: COMMIT can fail with SQLITE_BUSY after it; then the user may add to the transaction and
// commit again.
Status Database::sync() {
  if (sql_rows_ != nullptr) SPECTRADB_RETURN_IF_ERROR(sql_rows_->half_done);
  for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->settle());
  for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->check());
  if (batch_ == nullptr) return seal_catalog();
  if (batch_->count() == 0) {
    if (attempt_.is_prepared()) SPECTRADB_RETURN_IF_ERROR(store_->abort(own_commit(), attempt_.frame()));
    attempt_.withdraw();
    return seal_catalog();
  }
  const bool is_same = attempt_.holds(*batch_);
  const bool is_written =
      std::all_of(parts_.begin(), parts_.end(), [](const CommitPart* part) { return part->is_written(); });
  if (is_same && attempt_.is_recorded() && is_written) return seal_catalog();
  if (!is_same) {
    for (CommitPart* part : parts_) SPECTRADB_RETURN_IF_ERROR(part->check_facts());
    if (batch_->is_spilled() || (rows_ != nullptr && rows_->is_large(*batch_)))
      SPECTRADB_RETURN_IF_ERROR(store_->spill(own_commit(), *batch_));
    if (rows_ != nullptr) {  // the store keeps what open readers read
      drop_stale_readers();
      connection_.part<OwnReaders>().drop(batch_);
    }
    // A database in memory would gain nothing from copies.
    const lsm::Sync sync = is_on_disk() ? lsm::Sync::kCopy : lsm::Sync::kNone;
    const Result<lsm::PreparedFrame> frame = patiently(connection_, [&] {
      return store_->prepare(own_commit(), batch_, sync, [this] { return wants_sync(); });
    });
    if (!frame) return frame.status();
    attempt_.prepared(*frame, rows_ == nullptr && (frame->is_synced || !is_on_disk()), *batch_);
  }
  // The row of the commit names the frame that holds all of the batch, and no other.
  SPECTRADB_ENSURE(attempt_.holds(*batch_));
  SPECTRADB_RETURN_IF_ERROR(record_commit(own_commit(), attempt_.frame()));
  attempt_.recorded();
  return Status::ok();
}

// The transaction is over, whatever becomes of the rest: the next reader publishes what is not published now.
Status Database::commit() {
  const bool was_prepared = attempt_.is_prepared();
  if (batch_ != nullptr) {
    subjects_.committed();
  } else {
    subjects_.doubt();
  }
  end_transaction();
  made_rows_ = false;
  if (rows_ != nullptr && !was_prepared) rows_->accept();
  if (!was_prepared) return Status::ok();
  const Status published = store_->publish(own_commit(), attempt_.frame());
  tell_commit(connection_.handle(), schema_, own_commit());
  return published;
}

Status Database::rollback() {
  const bool was_prepared = attempt_.is_prepared();
  if (batch_ != nullptr) batch_->remove_files();
  is_upgraded_ = false;
  subjects_.doubt();
  if (batch_ != nullptr) connection_.part<LostStatements>().transaction_rolled_back();
  end_transaction();
  if (rows_ != nullptr) {
    rows_->drop();
    if (std::exchange(made_rows_, false)) give_up_rows_store();
    return Status::ok();
  }
  return was_prepared ? store_->abort(own_commit(), attempt_.frame()) : Status::ok();
}

void Database::end_transaction() {
  while (!holders_.empty()) holders_.back()->let_go(connection_.part<OutlivedReaders>());
  if (batch_ != nullptr) connection_.part<OwnReaders>().drop(batch_);
  batch_.reset();
  if (sql_rows_ != nullptr) sql_rows_->half_done = Status::ok();
  attempt_.end();
  snapshot_known_ = false;
  savepoints_.clear();
  first_own_id_.reset();
  catalog_seal_.end();
  for (CommitPart* part : parts_) part->end();
}

void Database::savepoint(int level) {
  attempt_.doubt_row();
  Savepoint here;
  if (batch_ != nullptr) {
    here.mark = batch_->mark();
    batch_->make_room_for_rollback();
  }
  if (rows_ != nullptr) {
    here.edits = rows_->edits();
    if (batch_ != nullptr) here.held = batch_->held();
  }
  savepoints_.open(level, here);
}

void Database::release(int level) { savepoints_.release(level); }

void Database::rollback_to(int level) {
  ++rollbacks_;
  if (batch_ != nullptr) connection_.part<LostStatements>().savepoint_rolled_back();
  subjects_.doubt();
  attempt_.doubt_row();
  is_upgraded_ = false;
  catalog_seal_.rolled_back();
  const std::optional<Savepoint> back = savepoints_.roll_back_to(level);
  if (!back) return;
  if (rows_ != nullptr) {  // SQLite has taken back the rows of these tables
    rows_->take_back(back->edits);
    if (batch_ != nullptr) batch_->hold(back->held.get());
  }
  if (batch_ != nullptr) take_back(back->mark);
  if (made_rows_ && rows_ != nullptr && rows_->edits() == 0) give_up_rows_store();
}

// When a statement of ours ran out of memory or space, SQLite may have rolled back the transaction with all
// its facts.
void Database::take_back(uint32_t mark) {
  if (batch_ == nullptr) return;
  batch_->rollback_to(mark);
  for (CommitPart* part : parts_) part->take_back(mark);
}

}  // namespace spectradb::extension

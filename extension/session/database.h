// One database (main, temp or attached) of one connection: the tables that the extension keeps in SQLite
// itself, the snapshot that SQLite shows, and the transaction under way. SQLite is the coordinator: a commit
// exists when its row does (extension/commit_table).
//
//   _spectradb_meta(name PRIMARY KEY, value)        store_id, format, next_table_id, valid_form/…
//                                                   (extension/times/valid_forms.h)
//   _spectradb_tables(id PRIMARY KEY, name)         the temporal tables
//
// What else is checked or written in a commit are its parts (extension/facet/commit_part.h).
//
// Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/access/own_tables.h"
#include "extension/host/query.h"
#include "extension/session/catalog_seal.h"
#include "extension/session/commit_attempt.h"
#include "extension/session/commit_notes.h"
#include "extension/session/commit_table.h"
#include "extension/session/connection.h"
#include "extension/session/pager_mark.h"
#include "extension/session/savepoints.h"
#include "extension/session/subjects.h"
#include "extension/times/clock_readings.h"
#include "extension/times/valid_forms.h"
#include "lsm/store/repair.h"
#include "lsm/store/store.h"
#include "temporal/row_cursor.h"
#include "temporal/valid_horizons.h"

namespace spectradb::lsm {
class RowsStore;
}

namespace spectradb::extension {

class ForeignKeys;
class LatestRows;
class SqlStoreRows;

class Database {
 public:
  Database(Connection& connection, std::string schema);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Connection& connection() { return connection_; }
  std::string qualified(std::string_view table) const;  // "schema"."table"
  const std::string& schema() const { return schema_; }

  // Opens the store when it is not open yet, or when the database is another one than that whose store is open
  // (replaced_database.cc). kMissing, kInvalid, kCorrupt or kBusy say what is wrong with it.
  // `wait` says whether to wait for busy_timeout while another process holds it.
  enum class Wait : uint8_t { kNo, kBusyTimeout };
  Result<lsm::Store*> store(Wait wait = Wait::kBusyTimeout);
  lsm::Store* store_if_open() const { return store_.get(); }
  // SQLite has connected a table, perhaps of another file than before.
  void reconnected();
  // Rises when commits that were shown have become others: what was kept by a commit's number is of the old ones.
  uint64_t history() const { return history_; }
  bool has_rows_store() const { return rows_ != nullptr; }  // it is open, and in the database
  // Returns what is wrong with the store's files, one sentence each, even where the store cannot be opened.
  Result<std::vector<std::string>> check();
  // Plans a repair where the store is not opened because database and store end at different commits; does it
  // when given the plan's token. Closes what this connection has open of the store.
  Result<lsm::RepairPlan> repair(lsm::Repair way, const std::optional<std::string>& token);
  // Whether sqlite3_interrupt() was called, or a progress handler wants to stop, while a statement runs.
  bool is_interrupted();
  Result<bool> has_store() { return has_internal_tables(); }  // whether there ever was a temporal table
  Status ensure_store();  // for CREATE: makes the internal tables and the store where there are none

  // Tells the store which tables and indexes were dropped, when nobody can read them any more; else does
  // nothing.
  Status retire_dropped();

  // A knob of the store; where there is none yet, of the one that this connection would make.
  Result<uint64_t> knob(const lsm::Knob& knob);
  Status set_knob(const lsm::Knob& knob, std::optional<uint64_t> value);  // none: the default

  // Where the store is: "directory" or "rows", in the database (rows_database.cc); of one that is to be made, where
  // it will be.
  Result<std::string> storage();
  Status set_storage(const std::string& storage);
  // Runs what works on the whole store; where that is in the database, it does so in a transaction: the open one, or
  // one of its own.
  Status work_on_store(const std::function<Status(lsm::Store&)>& work);

  // Returns the last commit that SQLite's snapshot of this connection shows; the store shows it too when
  // this returns.
  Result<uint64_t> snapshot();
  // Returns it where a statement of SQLite's reads this database: then a read transaction is open.
  Result<uint64_t> snapshot_of_statement() { return batch_ != nullptr ? base_commit_ : find_snapshot(true); }
  // Returns that number without touching the store (no temporal table may exist: then 0).
  Result<uint64_t> last_commit();
  Result<std::optional<int64_t>> commit_time_us(uint64_t commit);  // nullopt: no such commit
  Result<uint64_t> commit_at_or_before(int64_t time_us);           // 0 when there is none
  Result<int64_t> schema_version();                                // as PRAGMA schema_version says
  Result<bool> has_table(std::string_view name);                   // an ordinary one, by its exact name
  Result<std::string> meta(std::string_view name);                 // of _spectradb_meta, empty: there is none
  Result<bool> has_notes();                                        // whether any commit was ever annotated

  ForeignKeys& foreign_keys();
  CatalogSeal& catalog_seal() { return catalog_seal_; }
  // Makes place for seals in rows of ours, where an earlier release made them. The transaction must be joined.
  Status upgrade();
  ValidForms& valid_forms() { return valid_forms_; }

  // The tables. Ids begin keys in the store and are never used again; take_ids gives the first of `count`.
  Result<uint32_t> take_ids(uint32_t count);
  Result<uint32_t> add_table(const std::string& name);
  Result<std::optional<uint32_t>> find_table(const std::string& name);
  Status rename_table(uint32_t id, const std::string& name);
  Status drop_table(uint32_t id);
  Status change_id(uint32_t from, uint32_t to);  // of the table, whose facts are others from here on
  Result<bool> has_table_id(uint32_t id);
  // Whether the open transaction made tables, as far as it did not take that back by itself.
  bool made_tables() const { return first_own_id_.has_value(); }
  // Whether the table was not made by the open transaction.
  bool is_older_than_transaction(uint32_t id) const { return !first_own_id_ || id < *first_own_id_; }

  // A reader of the store without own writes: one that was given back, or a new one. Times and commit are to
  // be set.
  std::unique_ptr<temporal::RowCursor> take_reader();
  void give_back(std::unique_ptr<temporal::RowCursor> reader);
  // Until they let go, which they are told to when the transaction ends.
  void holds(LatestRows& rows) { holders_.push_back(&rows); }
  void holds_no_more(LatestRows& rows) { std::erase(holders_, &rows); }
  // What a cursor of the store shows of tables: their valid time begins at their horizons, and rows that are encrypted are
  // shown as they were given. Whoever checks, erases or retires what is stored reads the store's own cursors.
  std::unique_ptr<lsm::VersionCursor> shown(std::unique_ptr<lsm::VersionCursor> versions) const;
  temporal::ValidHorizons& valid_horizons() { return valid_horizons_; }
  void set_valid_horizon(uint32_t table_id, const temporal::Bound& horizon);
  Subjects& subjects() { return subjects_; }
  void set_sealed(uint32_t table_id);  // the rows of this table are encrypted
  const temporal::ReadCallbacks& read_callbacks() const { return read_callbacks_; }

  // The transaction, as SQLite drives it for each table that takes part; the first call does the work,
  // further ones nothing.
  Status begin();
  Status sync();
  Status commit();
  Status rollback();
  void savepoint(int level);
  void release(int level);
  void rollback_to(int level);

  // Moves what a transaction has written from memory to files before it goes beyond the store's budgets; else it
  // does nothing.
  Status make_room();
  uint64_t spills() const { return spills_; }  // how often it did
  // Takes back the facts of the open transaction from `mark` on, and what they decided.
  void take_back(uint32_t mark);
  // The facts of the open transaction; null outside. Their commit will be own_commit().
  const std::shared_ptr<lsm::WriteBatch>& batch() const { return batch_; }
  // Tells the open transaction from earlier ones, without keeping their facts in memory; 0 outside.
  uint64_t transaction() const { return batch_ == nullptr ? 0 : transactions_; }
  uint64_t rollbacks() const { return rollbacks_; }  // how often facts of open transactions were taken back
  uint64_t own_commit() const { return base_commit_ + 1; }
  // The time that the commit is about to get, and what the clock read where the time does not tell: for parts
  // of the commit, in write().
  int64_t own_time_us() const { return own_time_us_; }
  std::optional<int64_t> own_clock_us() const { return own_clock_us_; }

  // What a connection's snapshot says of the store.
  static Result<lsm::Committed> committed_by(sqlite3* db, const std::string& schema);

 private:
  Result<bool> has_internal_tables();
  Result<lsm::Committed> committed_truth();
  Result<CommitTable::Commit> newest_commit();
  Status check_format();
  Status check_none_retired(const lsm::Store& store);
  lsm::Knobs knobs_of_new_store(lsm::Knobs knobs = {}) const;
  Status turn_knobs(lsm::Store& store);
  Status seal_catalog();
  Status set_meta(std::string_view name, std::string_view value);
  Result<uint64_t> find_snapshot(bool is_reading);
  bool is_on_disk() const;
  // rows_database.cc: a store in the database.
  bool makes_rows() const;
  lsm::Knobs knobs_of_rows() const;
  Status make_rows_store();
  Status open_rows_store(const lsm::StoreId& id);
  void take_rows_store(std::shared_ptr<lsm::RowsStore> store);
  void give_up_rows_store();
  void drop_readers();        // all that are kept, or held by writers
  void drop_stale_readers();  // which hold files that were replaced
  Status follow_rows(const CommitTable::Commit& newest);
  Status work_in_own_transaction(const std::function<Status(lsm::Store&)>& work);
  Status work_in_open_transaction(const std::function<Status(lsm::Store&)>& work);
  Result<std::vector<std::string>> check_rows();
  Status retire_dropped_rows();
  // replaced_database.cc: what is open stays so while the database has the same store, in the same storage and
  // place.
  enum class Use : uint8_t { kRead, kWrite };  // kWrite: with SQLite's write lock
  Status check_open();
  void close_replaced();
  Status show_newest(const CommitTable::Commit& newest, Use use);
  // Before the store's commits are shown, or one is added to them, that the last ones are
  // those of SQLite's file.
  Status agree(const CommitTable::Commit& newest, Use use);
  Result<bool> has_last_commit(const CommitTable::Commit& newest, lsm::CommitToken last, Use use);
  Result<bool> is_older_snapshot(const CommitTable::Commit& newest, lsm::CommitToken last);
  bool wants_sync();
  Status record_commit(uint64_t commit, uint64_t frame);
  void end_transaction();

  Connection& connection_;
  std::string schema_;
  std::shared_ptr<lsm::Store> store_;
  std::shared_ptr<lsm::RowsStore> rows_;        // the same, where it is in the database
  std::unique_ptr<SqlStoreRows> sql_rows_;      // of rows_
  bool made_rows_ = false;                      // by the open transaction
  std::shared_ptr<lsm::Store> replaced_store_;  // which open statements may still read
  temporal::ValidHorizons valid_horizons_;      // of the tables that SQLite has connected
  Subjects subjects_;
  // Statements open cursors anew each time they run. All of these keep the same memtables and files alive.
  std::vector<std::unique_ptr<temporal::RowCursor>> readers_;
  std::vector<LatestRows*> holders_;  // which hold files and facts of the open transaction
  const temporal::ReadCallbacks read_callbacks_;
  Query nothing_;
  OwnTables own_tables_;
  Query schema_version_;
  CommitTable commits_;
  ClockReadings clock_readings_;
  CatalogSeal catalog_seal_;
  std::unique_ptr<ForeignKeys> foreign_keys_;
  ValidForms valid_forms_;
  CommitNotes notes_;
  std::vector<std::unique_ptr<CommitPart>> parts_of_facets_;
  std::vector<CommitPart*> parts_;  // all of them

  bool snapshot_known_ = false;
  uint64_t snapshot_ = 0;

  std::shared_ptr<lsm::WriteBatch> batch_;
  uint64_t batch_max_bytes_ = 0;  // what it may have in memory
  uint64_t base_commit_ = 0;      // the last commit before the open transaction
  int64_t base_time_us_ = 0;      // its time
  int64_t own_time_us_ = 0;       // of the commit that is being written
  std::optional<int64_t> own_clock_us_;
  CommitAttempt attempt_;
  bool is_upgraded_ = false;  // to the format of this release, if that is committed
  struct Savepoint {
    uint32_t mark = 0;  // of the batch
    // Of a store in the database, whose rows go back with it: its edits, and the batch as it was, null for none.
    uint64_t edits = 0;
    std::shared_ptr<const lsm::WriteBatch::Held> held;
    friend bool operator<(const Savepoint& a, const Savepoint& b) { return a.mark < b.mark; }
  };
  Savepoints<Savepoint> savepoints_;
  uint64_t spills_ = 0;
  uint64_t transactions_ = 0;  // that have begun
  uint64_t rollbacks_ = 0;
  std::optional<uint32_t> first_own_id_;  // that the open transaction took
  uint32_t next_id_floor_ = 1;            // ids of tables whose CREATE was rolled back are not used again

  // What SQLite showed when snapshot_ was read, and when store_ was known to be the database's.
  PagerMark snapshot_at_;
  PagerMark open_at_;
  std::string place_;  // StoreLocation::identity of store_, where it is in a directory
  Query identity_;     // of the store that the database names
  uint64_t history_ = 0;
};

}  // namespace spectradb::extension

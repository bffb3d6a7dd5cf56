// A database that holds its own store: whatever the store reads and writes belongs to SQLite's transactions.
#include <cstdlib>
#include <new>

#include "extension/host/errors.h"
#include "extension/host/own_savepoint.h"
#include "extension/host/retreat.h"
#include "extension/session/database.h"
#include "extension/session/dropped_ids.h"
#include "extension/session/own_readers.h"
#include "extension/session/sql_store_rows.h"
#include "extension/session/store_storage.h"
#include "extension/session/transaction.h"
#include "lsm/store/rows_store.h"
#include "temporal/fact.h"

namespace spectradb::extension {

namespace {

// Environment variable, for tests: 'directory' or 'rows', where new databases choose no storage.
constexpr const char* kStorageOfTests = "SPECTRADB_STORAGE";

// By name of the open database: the storage that its store will have when its first temporal table makes one.
struct StoragesOfNewStores {
  std::map<std::string, std::string, std::less<>> by_name;
};

// While it lives, all queries see one snapshot.
class ReadTransaction {
 public:
  ReadTransaction(sqlite3* db, const std::string& schema)
      : query_(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master LIMIT 1") {}
  Status begin() { return query_.step().status(); }

 private:
  Query query_;  // finalized together with the transaction
};

// A transaction or a savepoint is open meanwhile, which nobody would end for an exception.
Status without_exception(const std::function<Status()>& step) {
  try {
    return step();
  } catch (const std::bad_alloc&) {
    return {Code::kNoMemory, "out of memory"};
  }
}

lsm::StoreOptions options_of_rows(const std::string& schema, const lsm::Knobs& knobs) {
  lsm::StoreOptions options;
  static_cast<lsm::Knobs&>(options) = knobs;
  options.directory = schema + "._spectradb_blocks";
  options.properties = &temporal::fact_properties();
  return options;
}

}  // namespace

Result<std::string> Database::storage() {
  SPECTRADB_ASSIGN_OR_RETURN(bool there, has_store());
  if (!there) return std::string(makes_rows() ? kRowsStorage : kDirectoryStorage);
  Result<std::string> kept = meta(kStorage);
  if (kept && kept->empty()) return std::string(kDirectoryStorage);
  return kept;
}

Status Database::set_storage(const std::string& storage) {
  SPECTRADB_RETURN_IF_ERROR(check_storage(storage));
  SPECTRADB_ASSIGN_OR_RETURN(bool there, has_store());
  if (!there) {
    connection_.part<StoragesOfNewStores>().by_name[name_of_open_database(connection_.handle(), schema_)] =
        storage;
    return Status::ok();
  }
  Result<std::string> kept = this->storage();
  if (!kept || *kept == storage) return kept.status();
  return Status::invalid("storage is chosen before a database's first temporal table is made: the facts of " +
                         schema_ + " are in storage '" + *kept + "'");
}

bool Database::makes_rows() const {
  const auto& storages = connection_.part<StoragesOfNewStores>().by_name;
  if (const auto chosen = storages.find(name_of_open_database(connection_.handle(), schema_));
      chosen != storages.end())
    return chosen->second == kRowsStorage;
  const char* of_tests = std::getenv(kStorageOfTests);
  return of_tests == nullptr || of_tests != kDirectoryStorage;
}

lsm::Knobs Database::knobs_of_rows() const { return knobs_of_new_store(lsm::rows_defaults()); }

Status Database::make_rows_store() {
  auto rows = std::make_unique<SqlStoreRows>(connection_.handle(), schema_);
  SPECTRADB_RETURN_IF_ERROR(rows->create());
  const lsm::Knobs knobs = knobs_of_rows();
  SPECTRADB_ASSIGN_OR_RETURN(auto made, lsm::RowsStore::create(options_of_rows(schema_, knobs), *rows));
  // A statement that was open when another store was given up may have handed on a reader of that.
  if (batch_ != nullptr) connection_.part<OwnReaders>().drop(batch_);
  sql_rows_ = std::move(rows);
  take_rows_store(std::move(made));
  made_rows_ = true;
  return turn_knobs(*rows_);
}

// Reuses the store that an earlier Database of this connection has opened.
Status Database::open_rows_store(const lsm::StoreId& id) {
  ReadTransaction reading(connection_.handle(), schema_);
  SPECTRADB_RETURN_IF_ERROR(reading.begin());
  auto rows = std::make_unique<SqlStoreRows>(connection_.handle(), schema_);
  auto known = std::dynamic_pointer_cast<lsm::RowsStore>(connection_.kept_store(schema_));
  if (known != nullptr && known->id() == id) {
    known->attach(rows.get());
    sql_rows_ = std::move(rows);
    take_rows_store(std::move(known));
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(auto opened,
                             lsm::RowsStore::open(options_of_rows(schema_, knobs_of_rows()), *rows));
  if (opened->id() != id)
    return Status::corrupt("the store in " + schema_ +
                           "._spectradb_files is another one than _spectradb_meta says");
  sql_rows_ = std::move(rows);
  take_rows_store(std::move(opened));
  return Status::ok();
}

void Database::take_rows_store(std::shared_ptr<lsm::RowsStore> store) {
  rows_ = std::move(store);
  store_ = rows_;
  snapshot_known_ = false;
  connection_.keep_store(schema_, store_);
}

// Its statements stay until new ones replace them: one may be running, whose failure made SQLite roll back.
void Database::give_up_rows_store() {
  if (rows_ == nullptr) return;
  readers_.clear();
  if (batch_ != nullptr) connection_.part<OwnReaders>().drop(batch_);
  rows_->drop();
  rows_->attach(nullptr);
  rows_.reset();
  store_.reset();
  snapshot_known_ = false;
  made_rows_ = false;
}

Status Database::follow_rows(const CommitTable::Commit& newest) {
  const auto follow = [&](const CommitTable::Commit& shown) {
    const uint64_t before = rows_->histories();
    const Status followed = rows_->follow({shown.number, shown.frame});
    if (rows_->histories() != before) ++history_;
    return followed;
  };
  if (sqlite3_txn_state(connection_.handle(), schema_.c_str()) != SQLITE_TXN_NONE) return follow(newest);
  ReadTransaction reading(connection_.handle(), schema_);
  SPECTRADB_RETURN_IF_ERROR(reading.begin());
  const Result<CommitTable::Commit> there = commits_.newest();  // in this snapshot
  return there ? follow(*there) : there.status();
}

Status Database::work_on_store(const std::function<Status(lsm::Store&)>& work) {
  SPECTRADB_ASSIGN_OR_RETURN(auto* open, store());
  if (rows_ == nullptr) return work(*open);
  snapshot_known_ = false;
  sqlite3* db = connection_.handle();
  const bool is_open = sqlite3_get_autocommit(db) == 0 || sqlite3_txn_state(db, nullptr) == SQLITE_TXN_WRITE;
  return is_open ? work_in_open_transaction(work) : work_in_own_transaction(work);
}

Status Database::work_in_own_transaction(const std::function<Status(lsm::Store&)>& work) {
  sqlite3* db = connection_.handle();
  Query rollback(db, "ROLLBACK");  // is prepared while there is memory for it
  SPECTRADB_RETURN_IF_ERROR(rollback.prepare());
  const Status status = without_exception([&] {
    SPECTRADB_RETURN_IF_ERROR(execute(db, "BEGIN IMMEDIATE"));
    SPECTRADB_RETURN_IF_ERROR(find_snapshot(false).status());
    if (rows_ == nullptr)
      return Status::busy("the database was replaced by one with its facts in a directory");
    SPECTRADB_RETURN_IF_ERROR(work(*rows_));
    return execute(db, "COMMIT");
  });
  snapshot_known_ = false;
  if (status) {
    rows_->accept();
    drop_stale_readers();
    return status;
  }
  // Null: SQLite has rolled back by itself, and the store went along.
  const Status dropped = without_exception([&] {
    if (rows_ != nullptr) rows_->drop();
    return Status::ok();
  });
  if (sqlite3_get_autocommit(db) == 0) (void)rollback.run();
  retreat(db);  // where ROLLBACK is interrupted
  return status ? dropped : status;
}

// During a writing statement SQLite opens no savepoint. Then a half-done change must not be committed.
Status Database::work_in_open_transaction(const std::function<Status(lsm::Store&)>& work) {
  sqlite3* db = connection_.handle();
  SPECTRADB_RETURN_IF_ERROR(join_transaction(connection_.database(schema_)));
  OwnSavepoint savepoint(db, schema_, "spectradb_work");
  const Status saved = savepoint.open();
  if (!saved && saved.code() != Code::kBusy) return saved;
  const uint64_t edits = rows_->edits();
  Status status = without_exception([&] {
    if (savepoint.is_open()) SPECTRADB_RETURN_IF_ERROR(savepoint.guard());
    if (batch_ == nullptr) SPECTRADB_RETURN_IF_ERROR(find_snapshot(false).status());
    if (rows_ == nullptr)
      return Status::busy("the database was replaced by one with its facts in a directory");
    SPECTRADB_RETURN_IF_ERROR(work(*rows_));
    return savepoint.is_open() ? savepoint.keep() : Status::ok();
  });
  if (status) return status;
  const bool is_taken_back = saved && savepoint.take_back();
  if (sqlite3_get_autocommit(db) != 0 || rows_ == nullptr) return status;  // the store went along
  if (is_taken_back) {
    rows_->take_back(edits);
  } else {
    sql_rows_->half_done = status;
  }
  return status;
}

Result<std::vector<std::string>> Database::check_rows() {
  ReadTransaction reading(connection_.handle(), schema_);
  SPECTRADB_RETURN_IF_ERROR(reading.begin());
  Result<uint64_t> shown = snapshot();
  if (!shown && shown.status().code() == Code::kCorrupt)
    return std::vector<std::string>{shown.status().message()};
  if (!shown) return shown.status();
  if (rows_ == nullptr) return Status::busy("the database was replaced by one with its facts in a directory");
  return rows_->check([this] { return committed_by(connection_.handle(), schema_); },
                      read_callbacks_.is_interrupted);
}

// Runs in the transaction that work_on_store() has opened; readers of older snapshots still see the rows.
Status Database::retire_dropped_rows() {
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<lsm::KeyRange> dropped,
                             find_dropped_keys(connection_.handle(), schema_));
  return dropped.empty() ? Status::ok() : rows_->retire(dropped);
}

}  // namespace spectradb::extension

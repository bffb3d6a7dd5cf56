#include "extension/session/transaction.h"

#include <algorithm>

#include "extension/facet/module.h"
#include "extension/facet/private_table.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"

namespace spectradb::extension {

namespace {

struct TransactionTable : sqlite3_vtab {
  Connection* connection = nullptr;
};

Transaction& transaction_of(sqlite3_vtab* table) {
  return static_cast<TransactionTable*>(table)->connection->part<Transaction>();
}

int x_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, "CREATE TABLE x(none)"));
    sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
    auto* table = new TransactionTable{};
    table->connection = static_cast<Connection*>(aux);
    *out = table;
    return Status::ok();
  });
}

int x_disconnect(sqlite3_vtab* table) {
  delete static_cast<TransactionTable*>(table);
  return SQLITE_OK;
}

int x_open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = new (std::nothrow) sqlite3_vtab_cursor{};
  return *out == nullptr ? SQLITE_NOMEM : SQLITE_OK;
}

int x_close(sqlite3_vtab_cursor* cursor) {
  delete cursor;
  return SQLITE_OK;
}

int x_update(sqlite3_vtab* table, int, sqlite3_value**, sqlite3_int64*) {
  return report(table, Status::invalid(transaction_table() + " holds no rows"));
}

// Tells all databases, whatever becomes of each; returns the first failure.
template <typename Tell>
int tell(sqlite3_vtab* table, const Tell& one) {
  return guarded(table, [&] {
    Status first = Status::ok();
    for (const std::shared_ptr<Database>& database : transaction_of(table).databases()) {
      const Status status = one(*database);
      if (first) first = status;
    }
    return first;
  });
}

int x_sync(sqlite3_vtab* table) {
  const int code = tell(table, [](Database& database) { return database.sync(); });
  return code == SQLITE_CONSTRAINT ? SQLITE_CONSTRAINT_FOREIGNKEY : code;
}

int x_commit(sqlite3_vtab* table) {
  const int code = tell(table, [](Database& database) { return database.commit(); });
  transaction_of(table).clear();
  return code;
}

int x_rollback(sqlite3_vtab* table) {
  const int code = tell(table, [](Database& database) { return database.rollback(); });
  transaction_of(table).clear();
  return code;
}

int x_savepoint(sqlite3_vtab* table, int level) {
  return guarded(table, [&] {
    transaction_of(table).savepoint(level);
    return Status::ok();
  });
}

int x_release(sqlite3_vtab* table, int level) {
  transaction_of(table).release(level);
  return SQLITE_OK;
}

int x_rollback_to(sqlite3_vtab* table, int level) {
  transaction_of(table).rollback_to(level);
  return SQLITE_OK;
}

int x_best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }
int x_filter(sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) { return SQLITE_OK; }
int x_next(sqlite3_vtab_cursor*) { return SQLITE_OK; }
int x_eof(sqlite3_vtab_cursor*) { return 1; }
int x_column(sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_OK; }
int x_begin(sqlite3_vtab*) { return SQLITE_OK; }

const ModuleBuilder kTransactionTable = ModuleBuilder(2)
                                            .eponymous<x_connect>()
                                            .ended_by<x_disconnect>()
                                            .planned_by<x_best_index>()
                                            .read_by<x_open, x_close, x_filter, x_next, x_eof, x_column>()
                                            .written_by<x_update>()
                                            .transactions<x_begin, x_sync, x_commit, x_rollback>()
                                            .savepoints<x_savepoint, x_release, x_rollback_to>();

}  // namespace

// A database that joins late has written nothing since the savepoints that it did not hear of.
void Transaction::add(std::shared_ptr<Database> database) {
  if (std::find(databases_.begin(), databases_.end(), database) != databases_.end()) return;
  if (innermost_ >= 0) database->savepoint(innermost_);
  databases_.push_back(std::move(database));
}

void Transaction::clear() {
  databases_.clear();
  innermost_ = -1;
  first_names_.clear();
  dropped_.clear();
  origins_.clear();
  marks_.clear();
}

void Transaction::renamed(const Database& database, uint32_t id, const std::string& old_name) {
  first_names_.emplace(std::pair(&database, id), old_name);
}

std::optional<std::string> Transaction::first_name(const Database& database, uint32_t id) const {
  const auto found = first_names_.find({&database, id});
  return found == first_names_.end() ? std::nullopt : std::optional(found->second);
}

// Savepoints of that level and inner ones are no more.
void Transaction::drop_marks(int level) {
  while (!marks_.empty() && marks_.back().first >= level) marks_.pop_back();
}

void Transaction::savepoint(int level) {
  innermost_ = level;
  drop_marks(level);
  marks_.emplace_back(level, origins_.mark());
  for (const std::shared_ptr<Database>& database : databases_) database->savepoint(level);
}

void Transaction::release(int level) {
  innermost_ = level - 1;
  drop_marks(level);
  for (const std::shared_ptr<Database>& database : databases_) database->release(level);
}

void Transaction::rollback_to(int level) {
  innermost_ = level;
  const auto mark =
      std::find_if(marks_.begin(), marks_.end(), [level](const auto& one) { return one.first >= level; });
  if (mark != marks_.end()) origins_.rollback_to(mark->second);
  drop_marks(level + 1);
  for (const std::shared_ptr<Database>& database : databases_) database->rollback_to(level);
}

// Deleting no rows is a write that changes nothing, and so makes the table take part.
Status join_transaction(const std::shared_ptr<Database>& database) {
  Connection& connection = database->connection();
  // A database that stood in the list although this fails would never leave it: SQLite ends only what it has begun.
  SPECTRADB_RETURN_IF_ERROR(execute(connection.handle(), "DELETE FROM " + transaction_table()));
  connection.part<Transaction>().add(database);
  return Status::ok();
}

const std::string& transaction_table() {
  static const std::string name = private_table("spectradb_transaction");
  return name;
}

const ModuleBuilder& transaction_module() { return kTransactionTable; }

}  // namespace spectradb::extension

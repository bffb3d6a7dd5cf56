#include "extension/facets/erase/holds.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "extension/access/read_only.h"
#include "extension/facets/erase/hold_acts.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/instants.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/write_scope.h"
#include "extension/times/horizon.h"
#include "temporal/instant.h"

namespace spectradb::extension::erase {

using temporal::Value;

namespace {

constexpr int kHoldReasonPlace = 2;
constexpr int kHoldAuthorPlace = 3;

struct HeldKey {
  TemporalTable table;
  std::string user_key;
};

Result<HeldKey> key_of_call(const FunctionCall& call, const char* function) {
  SPECTRADB_ASSIGN_OR_RETURN(
      TemporalTable table,
      find_temporal_table(call.connection, from_sqlite(call.arguments[0]), {}, function));
  const Value key = from_sqlite(call.arguments[1]);
  SPECTRADB_ASSIGN_OR_RETURN(const KeyWanted wanted, key_of_argument(table.schema, key));
  if (!wanted.user_key)
    return Status::invalid(std::string(function) + ": no row of " + table.schema.name + " can have the key " +
                           spelled(key));
  SPECTRADB_RETURN_IF_ERROR(
      check_may_write(call.connection, table.database->schema(), std::string(function) + "()"));
  return HeldKey{std::move(table), *wanted.user_key};
}

Value value_at(const FunctionCall& call, int place) {
  return call.count > place ? from_sqlite(call.arguments[place]) : Value::null();
}

enum HoldsColumn : int { kHeldTable, kHeldKey, kHeldSince, kHoldReason, kHoldAuthor, kHoldsSchema };

constexpr const char* kHoldsDeclaration =
    "CREATE TABLE x(table_name TEXT, key, since TEXT, reason, author, schema HIDDEN, PRIMARY KEY "
    "(table_name, key)) WITHOUT ROWID";

class HoldsCursor final : public QueryCursor {
 public:
  explicit HoldsCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    rows_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kHolds, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database->has_table(kHoldsOwnTable));
    if (!there) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(tables_, temporal_tables_of(connection_, schema));
    rows_ = std::make_unique<Query>(connection_.handle(),
                                    "SELECT table_id, user_key, since_us, reason, author FROM " +
                                        database->qualified(kHoldsOwnTable) + " ORDER BY 1, 2");
    return next();
  }
  Status next() override {
    for (;;) {
      SPECTRADB_RETURN_IF_ERROR(QueryCursor::next());
      if (at_end()) return Status::ok();
      const auto id = static_cast<uint32_t>(rows_->integer(0));
      const auto table = std::find_if(tables_.begin(), tables_.end(),
                                      [&](const TemporalTable& one) { return one.schema.id == id; });
      if (table == tables_.end()) continue;  // it was dropped since
      table_ = &*table;
      return Status::ok();
    }
  }
  Status column(sqlite3_context* context, int index) override {
    switch (index) {
      case kHeldTable:
        sqlite3_result_text(context, table_->schema.name.c_str(), -1, SQLITE_TRANSIENT);
        return Status::ok();
      case kHeldKey:
        return table_->hides_key() ? Status::ok() : RowCells(*table_).give_key(context, rows_->blob(1));
      case kHeldSince:
        give_instant(context, rows_->integer(2));
        return Status::ok();
      case kHoldReason:
      case kHoldAuthor:
        sqlite3_result_value(context, sqlite3_column_value(rows_->statement(), index));
        return Status::ok();
      default:
        return Status::ok();
    }
  }

 private:
  std::vector<TemporalTable> tables_;
  const TemporalTable* table_ = nullptr;  // of the row
};

}  // namespace

Status check_not_held(const TemporalTable& table, const std::string& user_key) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, table.database->has_table(kHoldsOwnTable));
  if (!there) return Status::ok();
  Query query(table.database->connection().handle(), "SELECT since_us, reason FROM " +
                                                         table.database->qualified(kHoldsOwnTable) +
                                                         " WHERE table_id = ?1 AND user_key = ?2");
  query.bind(1, static_cast<int64_t>(table.schema.id)).bind_blob(2, user_key);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_held, query.step());
  if (!is_held) return Status::ok();
  return Status::invalid("a row of table " + table.schema.name + " that is to be erased is held since " +
                         temporal::format_instant(query.integer(0)) +
                         (query.is_null(1) ? "" : " (" + query.text(1) + ")") +
                         ": nothing is erased; SELECT * FROM spectradb_holds lists what is held, "
                         "spectradb_release() lets go of it");
}

namespace {

// Returns whether it was not held.
Result<bool> insert_hold(const FunctionCall& call, const HeldKey& held) {
  Database& database = *held.table.database;
  sqlite3* db = call.connection.handle();
  const std::string table = database.qualified(kHoldsOwnTable);
  SPECTRADB_RETURN_IF_ERROR(execute(
      db, "CREATE TABLE IF NOT EXISTS " + table +
              "(table_id INTEGER NOT NULL, user_key BLOB NOT NULL, since_us INTEGER NOT NULL, reason, "
              "author, PRIMARY KEY (table_id, user_key)) WITHOUT ROWID"));
  Query insert(db, "INSERT OR IGNORE INTO " + table +
                       "(table_id, user_key, since_us, reason, author) VALUES (?1, ?2, ?3, ?4, ?5)");
  insert.bind(1, static_cast<int64_t>(held.table.schema.id)).bind_blob(2, held.user_key);
  insert.bind(3, call.connection.statement_now());
  insert.bind(4, value_at(call, kHoldReasonPlace)).bind(5, value_at(call, kHoldAuthorPlace));
  SPECTRADB_RETURN_IF_ERROR(insert.run());
  return sqlite3_changes(db) > 0;
}

Result<bool> remove_hold(Database& database, const HeldKey& held) {
  sqlite3* db = database.connection().handle();
  Query remove(
      db, "DELETE FROM " + database.qualified(kHoldsOwnTable) + " WHERE table_id = ?1 AND user_key = ?2");
  remove.bind(1, static_cast<int64_t>(held.table.schema.id)).bind_blob(2, held.user_key);
  SPECTRADB_RETURN_IF_ERROR(remove.run());
  return sqlite3_changes(db) > 0;
}

// Runs one of the two and gives what it returns.
Result<bool> change_holds(const FunctionCall& call, const HeldKey& held,
                          const std::function<Result<bool>()>& change) {
  bool has_changed = false;
  SPECTRADB_RETURN_IF_ERROR(
      change_own_table(*held.table.database, kHoldsOwnTable,
                       rows_of_key(static_cast<int64_t>(held.table.schema.id), held.user_key), [&] {
                         const Result<bool> changed = change();
                         if (!changed) return changed.status();
                         has_changed = *changed;
                         sqlite3_result_int(call.context, has_changed ? 1 : 0);
                         return Status::ok();
                       }));
  return has_changed;
}

// Since when the key is held; 0: it is not.
Result<int64_t> held_since(Database& database, const HeldKey& held) {
  Query query(database.connection().handle(), "SELECT since_us FROM " + database.qualified(kHoldsOwnTable) +
                                                  " WHERE table_id = ?1 AND user_key = ?2");
  query.bind(1, static_cast<int64_t>(held.table.schema.id)).bind_blob(2, held.user_key);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_held, query.step());
  return is_held ? query.integer(0) : 0;
}

}  // namespace

Status hold(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const HeldKey held, key_of_call(call, kHold));
  WriteScope scope(*held.table.database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_new,
                             change_holds(call, held, [&] { return insert_hold(call, held); }));
  if (is_new) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t since, held_since(*held.table.database, held));
    SPECTRADB_RETURN_IF_ERROR(
        tell_hold_act(*held.table.database, scope,
                      {"hold", held.table.schema.name, since, value_at(call, kHoldReasonPlace),
                       value_at(call, kHoldAuthorPlace)}));
  }
  return scope.keep();
}

Status release(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const HeldKey held, key_of_call(call, kRelease));
  Database& database = *held.table.database;
  sqlite3_result_int(call.context, 0);
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kHoldsOwnTable));
  if (!there) return Status::ok();
  WriteScope scope(database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t since, held_since(database, held));
  SPECTRADB_ASSIGN_OR_RETURN(const bool was_held,
                             change_holds(call, held, [&] { return remove_hold(database, held); }));
  if (was_held)
    SPECTRADB_RETURN_IF_ERROR(tell_hold_act(
        database, scope, {"release", held.table.schema.name, since, Value::null(), Value::null()}));
  SPECTRADB_RETURN_IF_ERROR(keep_no_longer(held.table, held.user_key));
  return scope.keep();
}

constinit const TableFunction kHoldsTable = {kHolds,
                                             kHoldsDeclaration,
                                             kHoldsSchema,
                                             1,
                                             [](FunctionPlanner& planner) { planner.answer(1000, 100, 0); },
                                             [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                               return std::make_unique<HoldsCursor>(connection);
                                             }};

}  // namespace spectradb::extension::erase

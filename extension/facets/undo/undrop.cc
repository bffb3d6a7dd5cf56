#include "extension/facets/undo/undrop.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/host/instants.h"
#include "extension/host/statement_name.h"
#include "extension/host/values.h"
#include "extension/schema/dropped_catalog.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/schema_change.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/session_time.h"
#include "extension/write/foreign_keys.h"

namespace spectradb::extension::undo {

using temporal::Value;
using Dropped = DroppedCatalog::Dropped;

namespace {

constexpr const char* kUndrop = "spectradb_undrop";
constexpr const char* kDropped = "spectradb_dropped";

Result<Dropped> find_dropped_table(DroppedCatalog& catalog, const Value& wanted) {
  if (wanted.type != Value::Type::kText && wanted.type != Value::Type::kInteger)
    return Status::invalid("spectradb_undrop takes the name of a table, or its table_id, not " +
                           spelled(wanted));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Dropped> all, catalog.list());
  const auto found = std::find_if(all.begin(), all.end(), [&](const Dropped& dropped) {
    return wanted.type == Value::Type::kInteger
               ? wanted.integer == int64_t{dropped.id}
               : sqlite3_stricmp(dropped.name.c_str(), std::string(wanted.bytes).c_str()) == 0;
  });
  if (found != all.end()) return *found;
  return Status::invalid(
      "there is no dropped table " + spelled(wanted) +
      " that could come back: SELECT * FROM spectradb_dropped lists those; what spectradb_compact() has "
      "given back is gone");
}

Status check_names(Database& database, DroppedCatalog& catalog, const Dropped& dropped) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names, catalog.index_names(dropped.id));
  IndexCatalog indexes(database);
  for (const std::string& name : names) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_taken, indexes.is_taken(name));
    if (is_taken)
      return Status::invalid("table " + dropped.name + " cannot come back: there is already an index named " +
                             name + "; drop that one first");
  }
  Query taken(database.connection().handle(),
              "SELECT type FROM " + database.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE");
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_taken, taken.bind(1, std::string_view(dropped.name)).step());
  if (!is_taken) return Status::ok();
  return Status::invalid("table " + dropped.name + " cannot come back: there is already a " + taken.text(0) +
                         " of that name; ALTER TABLE " + name_in_statement(dropped.name) +
                         " RENAME TO another one first");
}

Status bring_back(Database& database, DroppedCatalog& catalog, const Dropped& dropped) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE VIRTUAL TABLE " + database.qualified(dropped.name) +
                                            " USING spectradb(" + dropped.arguments + ")"));
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint32_t> made, database.find_table(dropped.name));
  if (!made) return Status::corrupt("table " + dropped.name + " was made and is not there");
  return catalog.put_back(dropped, *made);
}

}  // namespace

Status undrop(const FunctionCall& call) {
  Connection& connection = call.connection;
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(connection, call.count > 1 ? call.arguments[1] : nullptr, kUndrop));
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, schema, std::string(kUndrop) + "()"));
  const std::shared_ptr<Database> database = connection.database(schema);
  DroppedCatalog catalog(*database);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store) return find_dropped_table(catalog, from_sqlite(call.arguments[0])).status();
  connection.forget_targets();
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  // SQLite's write lock keeps others from freeing space; what another process freed before is noticed here.
  SPECTRADB_RETURN_IF_ERROR(execute(connection.handle(), "UPDATE " + database->qualified("_spectradb_meta") +
                                                             " SET value = value WHERE 0"));
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store* const store, database->store());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string storage, database->meta("storage"));
  // A store in rows is read as SQLite shows it.
  if (storage != "rows") SPECTRADB_RETURN_IF_ERROR(store->retire({}));
  SPECTRADB_ASSIGN_OR_RETURN(const Dropped dropped,
                             find_dropped_table(catalog, from_sqlite(call.arguments[0])));
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(), SQLITE_CREATE_TABLE, dropped.name.c_str(),
                                           nullptr, schema.c_str()));
  SPECTRADB_RETURN_IF_ERROR(check_names(*database, catalog, dropped));
  SPECTRADB_RETURN_IF_ERROR(bring_back(*database, catalog, dropped));
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  SPECTRADB_RETURN_IF_ERROR(database->foreign_keys().make_references());
  SPECTRADB_RETURN_IF_ERROR(change.keep());
  sqlite3_result_text64(call.context, dropped.name.data(), dropped.name.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
  return Status::ok();
}

namespace {

enum DroppedColumn : int { kDroppedName, kDroppedAt, kAfterCommit, kDroppedId, kDroppedSchema };

constexpr const char* kDroppedDeclaration =
    "CREATE TABLE x(table_name TEXT, dropped_at TEXT, after_commit INTEGER, table_id INTEGER PRIMARY KEY, "
    "schema "
    "HIDDEN) WITHOUT ROWID";

class DroppedCursor final : public GatheredCursor<Dropped> {
 public:
  explicit DroppedCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    start_over();
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kDropped, arguments.schema()));
    const std::shared_ptr<Database> database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
    if (!has_store) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(rows(), DroppedCatalog(*database).list());
    return Status::ok();
  }
  Status column(sqlite3_context* context, int index) override {
    const Dropped& dropped = current();
    if (index == kAfterCommit)
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(dropped.after_commit));
    if (index == kDroppedId) sqlite3_result_int64(context, dropped.id);
    if (index == kDroppedName) give(context, temporal::Value::text(dropped.name));
    if (index == kDroppedAt) give_instant(context, dropped.dropped_us);
    return Status::ok();
  }

 private:
  Connection& connection_;
};

}  // namespace

constinit const TableFunction kDroppedTable = {kDropped,
                                               kDroppedDeclaration,
                                               kDroppedSchema,
                                               1,
                                               [](FunctionPlanner& planner) { planner.answer(100, 10, 0); },
                                               [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                                 return std::make_unique<DroppedCursor>(connection);
                                               }};

}  // namespace spectradb::extension::undo

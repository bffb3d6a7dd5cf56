#include "extension/facets/feed/consumer.h"

#include <memory>
#include <optional>
#include <string>

#include "extension/access/read_only.h"
#include "extension/facets/feed/schema_events.h"
#include "extension/functions/query_cursor.h"
#include "extension/host/instants.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/own_table_seal.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_cursor.h"
#include "extension/times/system_time.h"

namespace spectradb::extension::feed {

using temporal::Value;

namespace {

std::optional<std::string> name_of(const Value& given) {
  if (given.type != Value::Type::kText || given.bytes.empty()) return std::nullopt;
  return std::string(given.bytes);
}

Result<std::optional<CommitCursor>> acknowledged(Database& database, const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kConsumersOwnTable));
  if (!there) return std::optional<CommitCursor>();
  Query query(database.connection().handle(),
              "SELECT commit_no, token FROM " + database.qualified(kConsumersOwnTable) + " WHERE name = ?1");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.bind(1, std::string_view(name)).step());
  if (!row) return std::optional<CommitCursor>();
  return std::optional(
      CommitCursor{static_cast<uint64_t>(query.integer(0)), static_cast<uint64_t>(query.integer(1))});
}

// Reads a cursor. The beginning is commit 0, which has no token.
Result<CommitCursor> cursor_of_argument(Database& database, const Value& given) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.snapshot());
  if (const std::optional<CommitCursor> cursor = read_commit_cursor(given)) {
    SPECTRADB_RETURN_IF_ERROR(check_cursor(database, *cursor, last));
    return *cursor;
  }
  const std::optional<int64_t> number = commit_number(given);
  if (!number) {
    return Status::invalid(
        "spectradb_consumer takes a cursor of spectradb_changes, or the number of a commit, not " +
        spelled(given));
  }
  SPECTRADB_RETURN_IF_ERROR(check_commit(given, *number, last));
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<CommitCursor> cursor,
                             cursor_of_commit(database, static_cast<uint64_t>(*number)));
  return cursor.value_or(CommitCursor{});
}

Status forget(Database& database, const std::string& name) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table(kConsumersOwnTable));
  if (!there) return Status::ok();
  Query remove(database.connection().handle(),
               "DELETE FROM " + database.qualified(kConsumersOwnTable) + " WHERE name = ?1");
  remove.bind(1, std::string_view(name));
  return change_own_table(database, kConsumersOwnTable, rows_of("name", name), [&] { return remove.run(); });
}

Status insert_consumer(Database& database, const std::string& name, const CommitCursor& cursor) {
  sqlite3* db = database.connection().handle();
  const std::string table = database.qualified(kConsumersOwnTable);
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + table +
                      "(name TEXT PRIMARY KEY, commit_no INTEGER NOT NULL, token INTEGER NOT NULL, "
                      "acknowledged_us INTEGER NOT NULL) WITHOUT ROWID"));
  Query insert(db, "INSERT OR REPLACE INTO " + table +
                       "(name, commit_no, token, acknowledged_us) VALUES (?1, ?2, ?3, ?4)");
  insert.bind(1, std::string_view(name)).bind(2, static_cast<int64_t>(cursor.commit));
  insert.bind(3, static_cast<int64_t>(cursor.token)).bind(4, database.connection().statement_now());
  return insert.run();
}

Status keep(Database& database, const std::string& name, const CommitCursor& cursor) {
  return change_own_table(database, kConsumersOwnTable, rows_of("name", name),
                          [&] { return insert_consumer(database, name, cursor); });
}

Status acknowledge(Database& database, const std::string& name, const Value& given,
                   sqlite3_context* context) {
  SPECTRADB_RETURN_IF_ERROR(
      check_may_write(database.connection(), database.schema(), std::string(kConsumer) + "()"));
  WriteScope scope(database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  if (given.is_null()) {
    SPECTRADB_RETURN_IF_ERROR(forget(database, name));
    return scope.keep();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const CommitCursor cursor, cursor_of_argument(database, given));
  SPECTRADB_RETURN_IF_ERROR(begin_schema_events(database));
  SPECTRADB_RETURN_IF_ERROR(keep(database, name, cursor));
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  const std::string text = cursor.text();
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace

Status consumer(const FunctionCall& call) {
  const Value given = from_sqlite(call.arguments[0]);
  const std::optional<std::string> name = name_of(given);
  if (!name) return Status::invalid("spectradb_consumer takes the name of a consumer, not " + spelled(given));
  constexpr int kSchemaPlace = 2;
  sqlite3_value* schema_given = call.count > kSchemaPlace ? call.arguments[kSchemaPlace] : nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema,
                             schema_of_argument(call.connection, schema_given, kConsumer));
  const std::shared_ptr<Database> database = call.connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (call.count > 1) {
    if (!has_store)
      return Status::invalid("spectradb_consumer: database " + schema + " has no temporal tables to follow");
    return acknowledge(*database, *name, from_sqlite(call.arguments[1]), call.context);
  }
  if (!has_store) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<CommitCursor> cursor, acknowledged(*database, *name));
  if (!cursor) return Status::ok();
  const std::string text = cursor->text();
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

namespace {

enum ConsumersColumn : int { kConsumerName, kConsumerCursor, kAcknowledgedAt, kBehind, kConsumersSchema };

constexpr const char* kConsumersDeclaration =
    "CREATE TABLE x(name TEXT PRIMARY KEY, cursor TEXT, acknowledged_at TEXT, behind INTEGER, schema HIDDEN) "
    "WITHOUT ROWID";

class ConsumersCursor final : public QueryCursor {
 public:
  explicit ConsumersCursor(Connection& connection) : QueryCursor(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    rows_.reset();
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kConsumers, arguments.schema()));
    database_ = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, database_->has_table(kConsumersOwnTable));
    if (!there) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(last_, database_->last_commit());
    rows_ = std::make_unique<Query>(connection_.handle(),
                                    "SELECT name, commit_no, token, acknowledged_us FROM " +
                                        database_->qualified(kConsumersOwnTable) + " ORDER BY name");
    return next();
  }
  Status column(sqlite3_context* context, int index) override;

 private:
  std::shared_ptr<Database> database_;
  uint64_t last_ = 0;
};

Status ConsumersCursor::column(sqlite3_context* context, int index) {
  const CommitCursor cursor{static_cast<uint64_t>(rows_->integer(1)),
                            static_cast<uint64_t>(rows_->integer(2))};
  switch (index) {
    case kConsumerName:
      give(context, Value::text(rows_->text(0)));
      return Status::ok();
    case kConsumerCursor:
      give(context, Value::text(cursor.text()));
      return Status::ok();
    case kAcknowledgedAt:
      give_instant(context, rows_->integer(3));
      return Status::ok();
    case kBehind:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(last_) - rows_->integer(1));
      return Status::ok();
    default:
      return Status::ok();
  }
}

}  // namespace

constinit const TableFunction kConsumersTable = {
    kConsumers,
    kConsumersDeclaration,
    kConsumersSchema,
    1,
    [](FunctionPlanner& planner) { planner.answer(100, 10, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<ConsumersCursor>(connection);
    }};

}  // namespace spectradb::extension::feed

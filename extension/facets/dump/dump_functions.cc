#include "extension/facets/dump/dump_functions.h"

#include <algorithm>
#include <memory>
#include <string>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/facets/dump/dump_file.h"
#include "extension/facets/dump/dump_text.h"
#include "extension/host/values.h"
#include "extension/schema/sequence.h"
#include "extension/session/annotations.h"
#include "extension/session/given_time.h"
#include "extension/session/transaction.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/session_time.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::dump {

using temporal::Value;

namespace {

enum DumpColumn : int { kLine, kSql, kSchemaArgument };

constexpr const char* kDumpDeclaration =
    "CREATE TABLE x(line INTEGER PRIMARY KEY, sql TEXT, schema HIDDEN) WITHOUT ROWID";

class DumpCursor final : public FunctionCursor {
 public:
  explicit DumpCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    line_ = 0;
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(0), kDump, arguments.schema()));
    text_ = std::make_unique<DumpText>(connection_, schema);
    SPECTRADB_RETURN_IF_ERROR(text_->open());
    return next();
  }
  Status next() override {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, text_->next(sql_));
    ++line_;
    if (!is_there) text_.reset();
    return Status::ok();
  }
  bool at_end() const override { return text_ == nullptr; }
  Status column(sqlite3_context* context, int index) override {
    if (index == kLine) sqlite3_result_int64(context, line_);
    if (index == kSql)
      sqlite3_result_text64(context, sql_.data(), sql_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }

 private:
  Connection& connection_;
  std::unique_ptr<DumpText> text_;  // null at the end
  std::string sql_;
  int64_t line_ = 0;
};

Status refuse_place(int64_t number, uint64_t last) {
  return Status::invalid("commit " + std::to_string(number) + " of a dump cannot come behind commit " +
                         std::to_string(last) +
                         " here: a dump is run from its beginning, once, on a new database");
}

// Makes the commit one without facts of tables: writes a fact under an id that no table will have, which
// the store gives up like the facts of a dropped table.
Status write_empty(const std::shared_ptr<Database>& database) {
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  SPECTRADB_RETURN_IF_ERROR(database->begin());
  SPECTRADB_ASSIGN_OR_RETURN(const uint32_t id, database->take_ids(1));
  std::string key;
  temporal::append_table_id(key, id);
  temporal::append_key_value(key, Value::of_integer(1), temporal::Collation::kBinary);
  std::string fact;
  temporal::encode_fact(fact, {{}, temporal::Operation::kDelete, {}});
  database->batch()->put(key, fact, {temporal::kBeginningOfTime, temporal::kEndOfTime});
  return Status::ok();
}

struct ReplayedCommit {
  int64_t number = 0;
  int64_t time_us = 0;
  bool is_empty = false;
};

Result<ReplayedCommit> read_arguments(const FunctionCall& call) {
  const Value number = from_sqlite(call.arguments[0]);
  const Value time = from_sqlite(call.arguments[1]);
  if (number.type != Value::Type::kInteger || time.type != Value::Type::kText)
    return Status::invalid("spectradb_restore_commit takes the number of a commit and its time, not " +
                           spelled(number) + " and " + spelled(time));
  ReplayedCommit commit{number.integer, 0, false};
  SPECTRADB_ASSIGN_OR_RETURN(commit.time_us,
                             temporal::parse_instant(time.bytes, call.connection.statement_now()));
  constexpr int kEmptyPlace = 2;
  if (call.count <= kEmptyPlace) return commit;
  const Value said = from_sqlite(call.arguments[kEmptyPlace]);
  commit.is_empty = said.type == Value::Type::kText && said.bytes == "empty";
  if (commit.is_empty || said.is_null()) return commit;
  return Status::invalid("spectradb_restore_commit takes 'empty' as its third argument, not " +
                         spelled(said));
}

}  // namespace

Status dump(const FunctionCall& call) {
  Connection& connection = call.connection;
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(), SQLITE_PRAGMA, kDump, nullptr, "main"));
  const Value file = from_sqlite(call.arguments[0]);
  if (file.type != Value::Type::kText || file.bytes.empty())
    return Status::invalid("spectradb_dump takes the name of a file that is to be written, not " +
                           spelled(file));
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(connection, call.count > 1 ? call.arguments[1] : nullptr, kDump));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t count, write_dump(connection, schema, std::string(file.bytes)));
  sqlite3_result_int64(call.context, count);
  return Status::ok();
}

Status restore(const FunctionCall& call) {
  Connection& connection = call.connection;
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, "main", kRestore));
  const Value file = from_sqlite(call.arguments[0]);
  if (file.type != Value::Type::kText || file.bytes.empty())
    return Status::invalid("spectradb_restore takes the name of a file, not " + spelled(file));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t commits, run_dump(connection, std::string(file.bytes)));
  sqlite3_result_int64(call.context, commits);
  return Status::ok();
}

Status restore_commit(const FunctionCall& call) {
  Connection& connection = call.connection;
  SPECTRADB_ASSIGN_OR_RETURN(const ReplayedCommit commit, read_arguments(call));
  if (sqlite3_get_autocommit(connection.handle()) != 0)
    return Status::invalid(
        "spectradb_restore_commit() begins a commit in the transaction that is open, and none is: BEGIN "
        "first");
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, "main", kRestoreCommit));
  const std::shared_ptr<Database> database = connection.database("main");
  WriteScope scope(*database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_RETURN_IF_ERROR(database->ensure_store());
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database->last_commit());
  const bool has_facts = database->batch() != nullptr && database->batch()->count() > 0;
  const bool are_tables = commit.number == 0 && last == 0;  // they come before the first commit
  if (are_tables && !has_facts) {
    SPECTRADB_RETURN_IF_ERROR(
        say_of_transaction(connection, Annotation::Kind::kReplay, Value::of_integer(1)));
    SPECTRADB_RETURN_IF_ERROR(scope.keep());
    sqlite3_result_int64(call.context, commit.number);
    return Status::ok();
  }
  if (has_facts || commit.number <= 0 || static_cast<uint64_t>(commit.number) != last + 1)
    return refuse_place(commit.number, last);
  SPECTRADB_RETURN_IF_ERROR(check_given_time(*database, commit.time_us, true));
  SPECTRADB_RETURN_IF_ERROR(say_replay(connection, commit.time_us));
  if (commit.is_empty) SPECTRADB_RETURN_IF_ERROR(write_empty(database));
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  sqlite3_result_int64(call.context, commit.number);
  return Status::ok();
}

Status restore_counter(const FunctionCall& call) {
  Connection& connection = call.connection;
  SPECTRADB_ASSIGN_OR_RETURN(
      const TemporalTable table,
      find_temporal_table(connection, from_sqlite(call.arguments[0]), {}, kRestoreCounter));
  const Value highest = from_sqlite(call.arguments[1]);
  if (highest.type != Value::Type::kInteger)
    return Status::invalid("spectradb_restore_counter takes the highest key that table " + table.schema.name +
                           " ever had, not " + spelled(highest));
  if (!table.schema.is_autoincrement)
    return Status::invalid("table " + table.schema.name +
                           " has no counter: it is not made with AUTOINCREMENT");
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, table.database->schema(), kRestoreCounter));
  WriteScope scope(*table.database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t counted, read_sequence(*table.database, table.schema.name));
  const int64_t kept = std::max(counted, highest.integer);  // several dumps may become one database
  SPECTRADB_RETURN_IF_ERROR(write_sequence(*table.database, table.schema.name, kept));
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  sqlite3_result_int64(call.context, kept);
  return Status::ok();
}

constinit const TableFunction kDumpTable = {kDump,
                                            kDumpDeclaration,
                                            kSchemaArgument,
                                            1,
                                            [](FunctionPlanner& planner) { planner.answer(1e6, 100'000, 0); },
                                            [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                              return std::make_unique<DumpCursor>(connection);
                                            },
                                            true};

}  // namespace spectradb::extension::dump

// How long tables keep their history, and how what is older goes.
#include "extension/facet/facet.h"

#include <algorithm>
#include <string>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/facets/retention/retention_statement.h"
#include "extension/facets/retention/retirement.h"
#include "extension/front/kept_statements.h"
#include "extension/host/api.h"
#include "extension/host/values.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/table_options.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/table/table.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/times/system_time.h"
#include "extension/times/valid_forms.h"
#include "sql/shape/nested_statement.h"
#include "temporal/calendar.h"
#include "temporal/instant.h"
#include "temporal/retention.h"

namespace spectradb::extension {

namespace {

using temporal::Value;

constexpr const char* kRetention = "spectradb_retention";
constexpr const char* kRetire = "spectradb_retire";

Result<TemporalTable> table_of_call(const FunctionCall& call, const char* function) {
  return find_temporal_table(call.connection, from_sqlite(call.arguments[0]), {}, function);
}

// Where ALTER TABLE names the schema, a table whose name has a dot is not meant.
constexpr int kSchemaOfRetention = 2;

Result<TemporalTable> table_of_retention(const FunctionCall& call) {
  if (call.count <= kSchemaOfRetention) return table_of_call(call, kRetention);
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(call.connection, call.arguments[kSchemaOfRetention], kRetention));
  return find_temporal_table(call.connection, from_sqlite(call.arguments[0]), schema, kRetention);
}

std::string retention_of(const TemporalTable& table) {
  const Table* connected =
      table.database->connection().find_table(table.database->schema(), table.schema.name);
  return connected == nullptr ? std::string() : temporal::retention_of(connected->definition().options);
}

void give_retention(const FunctionCall& call, const std::string& length) {
  if (!length.empty())
    sqlite3_result_text64(call.context, length.data(), length.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

// Of ALTER TABLE … ON VALID TIME, and what spectradb_retire() is given for it.
constexpr int kAxisOfRetention = 3;
constexpr int kAxisOfRetire = 4;

// Whether a call is about valid time, and not about system time.
Result<bool> is_about_valid_time(const FunctionCall& call, int place, const char* function) {
  if (call.count <= place) return false;
  const Value axis = from_sqlite(call.arguments[place]);
  const std::string given = axis.type == Value::Type::kText ? std::string(axis.bytes) : std::string();
  if (axis.is_null() || sqlite3_stricmp(given.c_str(), "system") == 0) return false;
  if (sqlite3_stricmp(given.c_str(), "valid") == 0) return true;
  return Status::invalid(std::string(function) + ": the kind of time is 'system' or 'valid', not " +
                         spelled(axis));
}

std::string valid_retention_of(const TemporalTable& table) {
  const Table* connected =
      table.database->connection().find_table(table.database->schema(), table.schema.name);
  return connected == nullptr ? std::string() : temporal::valid_retention_of(connected->definition().options);
}

// spectradb_retention(table) -> how long it keeps its history; NULL: for ever
Status tell_retention(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table, table_of_call(call, kRetention));
  give_retention(call, retention_of(table));
  return Status::ok();
}

// The host is asked as for ALTER TABLE.
Status check_may_alter(const FunctionCall& call, const TemporalTable& table, const char* function) {
  Connection& connection = call.connection;
  const std::string& schema = table.database->schema();
  SPECTRADB_RETURN_IF_ERROR(connection.check_process());
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(), SQLITE_ALTER_TABLE, schema.c_str(),
                                           table.schema.name.c_str(), nullptr));
  return check_may_write(connection, schema, std::string(function) + "()");
}

// spectradb_retention(table, length [, schema]) -> the length; NULL drops it
Status set_retention(const FunctionCall& call) {
  SPECTRADB_RETURN_IF_ERROR(call.connection.part<KeptStatements>().look());
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table, table_of_retention(call));
  const Value given = from_sqlite(call.arguments[1]);
  std::string length;
  if (!given.is_null()) {
    if (given.type != Value::Type::kText)
      return Status::invalid("spectradb_retention takes a length of time as text, such as '7 years', not " +
                             spelled(given));
    SPECTRADB_ASSIGN_OR_RETURN(length, temporal::read_retention(given.bytes));
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_valid, is_about_valid_time(call, kAxisOfRetention, kRetention));
  SPECTRADB_RETURN_IF_ERROR(check_may_alter(call, table, kRetention));
  call.connection.forget_targets();
  SchemaChange change(*table.database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(
      set_option_of(change, *table.database, table.schema.name,
                    is_valid ? temporal::kValidRetentionOption : temporal::kRetentionOption,
                    length.empty() ? "" : sql::string_literal(length)));
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  SPECTRADB_RETURN_IF_ERROR(change.keep());
  give_retention(call, length);
  return Status::ok();
}

// The last commit is before every time to come, so that a year too late by a typo would retire all there is.
Status check_not_to_come(const SystemTime& time, uint64_t last, int64_t now_us) {
  if (!time.time_us.has_value() || !time.is_behind || time.commit != last || *time.time_us <= now_us)
    return Status::ok();
  return Status::invalid("spectradb_retire: " + temporal::format_instant(*time.time_us) +
                         " is a time to come, now it is " + temporal::format_instant(now_us) +
                         ", and it would retire all history up to the last commit (" + std::to_string(last) +
                         "); name an earlier time, or that commit");
}

Result<uint64_t> horizon_wanted(const FunctionCall& call, const TemporalTable& table,
                                retention::Retirement& retirement) {
  Database& database = *table.database;
  const std::string length = retention_of(table);
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.snapshot());
  const Value until = call.count > 1 ? from_sqlite(call.arguments[1]) : Value::null();
  if (until.is_null()) {
    if (!length.empty()) return retirement.last_to_retire(length, last);
    return Status::invalid("table " + table.schema.name +
                           " keeps its history for ever: say until when it is to be retired, as in "
                           "spectradb_retire('t', '2020-01-01'), or ALTER TABLE … SET RETENTION '7 years'");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                             to_system_time(database, until, last, call.connection.statement_now()));
  if (time.is_all)
    return Status::invalid("spectradb_retire: 'all' is no time; name a commit, or a time as text");
  SPECTRADB_RETURN_IF_ERROR(check_not_to_come(time, last, call.connection.statement_now()));
  SPECTRADB_RETURN_IF_ERROR(retirement.check_may_retire(time.commit, length, last));
  return time.commit;
}

retention::Retirement::Cause cause_of(const FunctionCall& call) {
  constexpr int kReason = 2;
  const auto given = [&](int place) {
    return call.count > place ? from_sqlite(call.arguments[place]) : Value::null();
  };
  return {given(kReason), given(kReason + 1)};
}

// The kind of time stands behind reason and author: where these are forgotten it would be taken for one of them,
// and all history be retired instead.
Status check_cause(const FunctionCall& call) {
  const retention::Retirement::Cause cause = cause_of(call);
  for (const Value& text : {cause.reason, cause.author}) {
    const std::string said = text.type == Value::Type::kText ? std::string(text.bytes) : std::string();
    if (sqlite3_stricmp(said.c_str(), "valid") != 0 && sqlite3_stricmp(said.c_str(), "system") != 0) continue;
    return Status::invalid("spectradb_retire takes '" + said +
                           "' behind a reason and an author, which may be NULL: spectradb_retire('t', until, "
                           "NULL, NULL, '" +
                           said + "')");
  }
  return Status::ok();
}

Result<int64_t> valid_horizon_wanted(const FunctionCall& call, const TemporalTable& table) {
  const std::string length = valid_retention_of(table);
  const int64_t now_us = call.connection.statement_now();
  const Value until = from_sqlite(call.arguments[1]);
  if (until.is_null()) {
    if (!length.empty() && table.schema.says_integers)
      return Status::invalid("table " + table.schema.name +
                             " declares that its times are numbers, of which nobody knows how many make " +
                             length + ": say until which its valid time is to be retired");
    if (!length.empty()) {
      SPECTRADB_ASSIGN_OR_RETURN(const int64_t since, temporal::retained_since(length, now_us));
      return temporal::is_in_readable_years(since) ? since : temporal::kBeginningOfTime;
    }
    return Status::invalid(
        "table " + table.schema.name +
        " keeps what has ended for ever: say until when it is to be retired, or ALTER TABLE "
        "… SET RETENTION '7 years' ON VALID TIME");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound_of(table.schema, until, now_us));
  return at.us;
}

Status retire_valid(const FunctionCall& call, const TemporalTable& table, retention::Retirement& retirement) {
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t wanted, valid_horizon_wanted(call, table));
  SPECTRADB_RETURN_IF_ERROR(retirement.check_may_retire_valid(wanted, valid_retention_of(table)));
  SPECTRADB_RETURN_IF_ERROR(retirement.check_may_begin());
  int64_t horizon = valid_horizon_of(table);
  call.connection.forget_targets();
  if (wanted > horizon) {
    SPECTRADB_ASSIGN_OR_RETURN(horizon, retirement.raise_valid(wanted, cause_of(call)));
  }
  SPECTRADB_RETURN_IF_ERROR(retirement.give_back());
  if (horizon == temporal::kBeginningOfTime) {  // it keeps more than all that can be written
    give(call.context, Value::null());
    return Status::ok();
  }
  const temporal::Bound shown = valid_horizon_in_form(table.schema, horizon);
  const std::string text = shown.as_text ? temporal::format_instant(horizon) : std::string();
  give(call.context, shown.as_text ? Value::text(text) : Value::of_integer(horizon));
  return Status::ok();
}

// spectradb_retire(table [, until [, reason [, author [, 'system' | 'valid']]]]) -> the horizon
Status retire(const FunctionCall& call) {
  SPECTRADB_RETURN_IF_ERROR(call.connection.part<KeptStatements>().look());
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table, table_of_call(call, kRetire));
  SPECTRADB_RETURN_IF_ERROR(check_may_alter(call, table, kRetire));
  if (!table.hidden.empty())
    return Status::invalid("spectradb_retire: not all of table " + table.schema.name +
                           " may be read: not authorized");
  SPECTRADB_RETURN_IF_ERROR(check_cause(call));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_valid, is_about_valid_time(call, kAxisOfRetire, kRetire));
  retention::Retirement retirement(table, is_valid);
  if (is_valid) return retire_valid(call, table, retirement);
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t wanted, horizon_wanted(call, table, retirement));
  SPECTRADB_RETURN_IF_ERROR(retirement.check_may_begin());
  uint64_t horizon = horizon_of(table);
  call.connection.forget_targets();
  if (wanted > horizon) {
    SPECTRADB_ASSIGN_OR_RETURN(horizon, retirement.raise(wanted, cause_of(call)));
  }
  SPECTRADB_RETURN_IF_ERROR(retirement.give_back());
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(horizon));
  return Status::ok();
}

constexpr Function retiring(int argument_count) {
  return {.name = kRetire,
          .argument_count = argument_count,
          .flags = SQLITE_DIRECTONLY,
          .call = retire,
          .effect = Function::Effect::kOther};
}

constexpr Function setting(int argument_count) {
  return {.name = kRetention,
          .argument_count = argument_count,
          .flags = SQLITE_DIRECTONLY,
          .call = set_retention,
          .effect = Function::Effect::kOther};
}

constexpr Function kRetentionFunctions[] = {{kRetention, 1, SQLITE_DIRECTONLY, tell_retention},
                                            setting(2),
                                            setting(3),
                                            setting(4),
                                            retiring(1),
                                            retiring(2),
                                            retiring(3),
                                            retiring(4),
                                            retiring(5)};

constexpr Help kRetentionHelp[] = {
    {"SET RETENTION", Help::Kind::kStatement,
     "ALTER TABLE table SET RETENTION 'length' [ON SYSTEM TIME | ON VALID TIME] | DROP RETENTION [ON VALID "
     "TIME]",
     "Says how long a table keeps its history. What is older goes with spectradb_retire(), and not before.",
     "CREATE TABLE visit (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; ALTER TABLE visit SET RETENTION '7 "
     "years'; DROP TABLE visit;"},
    {"retention", Help::Kind::kOption, "WITH SYSTEM VERSIONING (retention = '7 years')",
     "How long the table keeps its history, as ALTER TABLE … SET RETENTION says.",
     "CREATE TABLE visits (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING (retention = '7 years');"},
    {"horizon", Help::Kind::kOption, "horizon = commit",
     "The first commit at which the table can be read, which spectradb_retire() writes into its definition.",
     "CREATE TABLE calls (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING (horizon = 0);"},
    {"valid_retention", Help::Kind::kOption, "WITH SYSTEM VERSIONING (valid_retention = '7 years')",
     "How long the table keeps what has ended, as ALTER TABLE … SET RETENTION … ON VALID TIME says.",
     "CREATE TABLE stays (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING (valid_retention = '7 years');"},
    {"valid_horizon", Help::Kind::kOption, "valid_horizon = microseconds",
     "The first instant at which the table can be read, which spectradb_retire() writes into its definition.",
     "CREATE TABLE trips (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING (valid_horizon = 0);"},
    {kRetention, Help::Kind::kFunction, "spectradb_retention(table [, length [, schema [, 'valid']]])",
     "How long a table keeps its history, NULL for ever. With a length, as text, it is set; NULL drops it.",
     "SELECT spectradb_retention('prices');"},
    {kRetire, Help::Kind::kFunction, "spectradb_retire(table [, until [, reason [, author [, 'valid']]]])",
     "Retires what the table had superseded by a commit or time, or what is older than its retention: gives "
     "the space back, and gives the horizon, the first commit that can still be read.",
     "SELECT spectradb_retire('prices', 0, 'the law says so', 'clerk');"},
    {retention::kRetirements, Help::Kind::kTable, "spectradb_retirements([schema])",
     "When history was retired: of which table, up to which commit, why and by whom.",
     "SELECT table_name, horizon, retired_at, reason, author FROM spectradb_retirements;"},
};

}  // namespace

const Facet& facet_retention() {
  static const TableFunction* const tables[] = {&retention::kRetirementsTable};
  static const sql::StatementForm* const forms[] = {&retention::kRetentionForm};
  static const Facet facet{.name = "retention",
                           .functions = kRetentionFunctions,
                           .table_functions = tables,
                           .help = kRetentionHelp,
                           .statement_forms = forms};
  return facet;
}

}  // namespace spectradb::extension

#include "extension/facets/undo/revert.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/access/read_only.h"
#include "extension/facets/undo/revert_plan.h"
#include "extension/facets/undo/row_restorer.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/annotations.h"
#include "extension/session/write_scope.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/session_time.h"

namespace spectradb::extension::undo {

using temporal::Value;

namespace {

constexpr const char* kRevert = "spectradb_revert";
constexpr const char* kNote = "reverts";

enum Argument : int { kCommit, kTable, kForce, kSchema };

Value argument_of(const FunctionCall& call, int place) {
  return place < call.count ? from_sqlite(call.arguments[place]) : Value::null();
}

Result<uint64_t> commit_of(const Value& given) {
  const std::optional<int64_t> number = commit_number(given);
  if (!number || *number < 0)
    return Status::invalid("spectradb_revert takes the number of a commit, not " + spelled(given));
  return static_cast<uint64_t>(*number);
}

Result<bool> force_of(const Value& given) {
  if (given.is_null()) return false;
  if (given.type == Value::Type::kText && given.bytes == "force") return true;
  if (given.type == Value::Type::kInteger && (given.integer == 0 || given.integer == 1))
    return given.integer == 1;
  return Status::invalid("spectradb_revert takes 'force' as its third argument, not " + spelled(given));
}

Result<std::vector<TemporalTable>> tables_of(const FunctionCall& call) {
  Connection& connection = call.connection;
  const Value table = argument_of(call, kTable);
  sqlite3_value* given = kSchema < call.count ? call.arguments[kSchema] : nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_argument(connection, given, kRevert, {},
                                                                          table.is_null() ? "main" : ""));
  if (table.is_null()) return temporal_tables_of(connection, schema);
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable found, find_temporal_table(connection, table, schema, kRevert));
  std::vector<TemporalTable> tables;
  tables.push_back(std::move(found));
  return tables;
}

// Refuses tables with columns that the host hides, because these cannot be restored.
Status check_all_shown(const std::vector<TemporalTable>& tables) {
  for (const TemporalTable& table : tables) {
    if (!table.hidden.empty())
      return Status::invalid("spectradb_revert: columns of table " + table.schema.name +
                             " may not be read: not authorized");
  }
  return Status::ok();
}

// Notes "reverts": 3, or '3, 4' where the transaction reverts several commits.
Status note(WriteScope& scope, const Annotations& annotations, uint64_t commit) {
  for (const Annotation* before : annotations.list()) {
    if (before->name != kNote) continue;
    const std::string first =
        before->value.type == Value::Type::kInteger ? std::to_string(before->value.integer) : before->text;
    const std::string both = first + ", " + std::to_string(commit);
    return scope.annotate(kNote, Value::text(both));
  }
  return scope.annotate(kNote, Value::of_integer(static_cast<int64_t>(commit)));
}

Status refuse_changed(uint64_t commit, const Value& table, const std::string& changed) {
  const std::string call = "spectradb_revert(" + std::to_string(commit) + ", " + spelled(table);
  return Status::invalid("commit " + std::to_string(commit) +
                         " cannot be reverted: what it wrote was changed since: " + changed + "; " + call +
                         ", 'force') puts back what was before it all the same");
}

}  // namespace

Status revert(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, commit_of(argument_of(call, kCommit)));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_forced, force_of(argument_of(call, kForce)));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<TemporalTable> tables, tables_of(call));
  SPECTRADB_RETURN_IF_ERROR(check_all_shown(tables));
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(call.connection));
  if (tables.empty())
    return Status::invalid("there is no commit " + std::to_string(commit) +
                           " to revert: there are no temporal tables");
  Database& database = *tables[0].database;
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, database.schema(), kRevert));

  WriteScope scope(database);
  SPECTRADB_RETURN_IF_ERROR(scope.begin());
  RevertPlan plan(tables);
  SPECTRADB_RETURN_IF_ERROR(plan.read(commit));
  if (!plan.changed_since().empty() && !is_forced)
    return refuse_changed(commit, argument_of(call, kTable), plan.changed_since());
  std::vector<std::unique_ptr<RowRestorer>> restorers(tables.size());
  for (const RevertedPiece& piece : plan.pieces()) {
    std::unique_ptr<RowRestorer>& restorer = restorers[piece.table];
    if (restorer == nullptr) restorer = std::make_unique<RowRestorer>(tables[piece.table]);
    SPECTRADB_RETURN_IF_ERROR(restorer->write(piece));
  }
  if (!plan.pieces().empty())
    SPECTRADB_RETURN_IF_ERROR(note(scope, call.connection.part<Annotations>(), commit));
  restorers.clear();
  SPECTRADB_RETURN_IF_ERROR(scope.keep());
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(plan.pieces().size()));
  return Status::ok();
}

}  // namespace spectradb::extension::undo

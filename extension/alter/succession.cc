#include "extension/alter/succession.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "extension/alter/row_merge.h"
#include "extension/host/values.h"
#include "extension/index/index_writer.h"
#include "extension/schema/column_catalog.h"
#include "extension/schema/column_names.h"
#include "extension/schema/erase_by.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/missing_columns.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/table_options.h"
#include "extension/schema/twin.h"
#include "extension/session/transaction.h"
#include "extension/session/transaction_drops.h"
#include "extension/table/opened_table.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "sql/shape/nested_statement.h"
#include "temporal/retention.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Column;
using temporal::TableSchema;
using temporal::Value;

namespace {

// Says of each new column which old one it continues, or -1. Generated columns continue none.
std::vector<int> continued_columns(Database& database, const DroppedTable& old, const TableSchema& after) {
  const TableSchema& before = old.definition.schema;
  const Transaction& transaction = database.connection().part<Transaction>();
  std::vector<int> continued;
  std::vector<bool> is_taken(before.columns.size(), false);
  const auto take = [&](int place, const Column& column) {
    const bool may_be = place >= 0 && !is_taken[static_cast<size_t>(place)] && !column.is_generated &&
                        !before.columns[static_cast<size_t>(place)].is_generated;
    if (may_be) is_taken[static_cast<size_t>(place)] = true;
    return may_be ? place : -1;
  };
  std::vector<int> filled_from;
  for (const Column& column : after.columns) {
    const std::optional<std::string> source =
        transaction.origins().source_of(origin_name(database.schema(), after.name), column.name, &old);
    filled_from.push_back(source ? column_named(before, *source) : -1);
  }
  // Where two are filled from one, the one of its name continues it.
  for (const bool is_of_same_name : {true, false}) {
    for (size_t i = 0; i < after.columns.size(); ++i) {
      const Column& column = after.columns[i];
      if (is_of_same_name) continued.push_back(-1);
      if (filled_from[i] < 0 || is_of_same_name != (filled_from[i] == column_named(before, column.name)))
        continue;
      continued[i] = take(filled_from[i], column);
    }
  }
  for (size_t i = 0; i < continued.size(); ++i) {
    const Column& column = after.columns[i];
    if (continued[i] < 0) continued[i] = take(column_named(before, column.name), column);
  }
  return continued;
}

Status other_key(const std::string& table, const std::string& why) {
  return Status::invalid("table " + table + " cannot go on with its history under this definition: " + why +
                         ", and a history is kept by key; DROP TABLE " + table +
                         " in a transaction of its own if the history shall go");
}

// Whether numbers become texts, or texts that look like numbers become these.
bool is_converted(const Column& from, const Column& to) {
  return (temporal::is_numeric(from.affinity) && to.affinity == Affinity::kText) ||
         (from.affinity == Affinity::kText && temporal::is_numeric(to.affinity));
}

// As far as it is known before the rows are copied.
Status check_kind_of_key(const TableSchema& before, const TableSchema& after) {
  if (before.key_columns.size() != after.key_columns.size())
    return other_key(after.name, "its PRIMARY KEY has other columns");
  if (after.has_integer_key && !before.has_integer_key)
    return other_key(after.name, "its PRIMARY KEY becomes an integer");
  for (size_t i = 0; i < before.key_columns.size(); ++i) {
    const Column& from = before.columns[static_cast<size_t>(before.key_columns[i])];
    const Column& to = after.columns[static_cast<size_t>(after.key_columns[i])];
    if (from.collation != to.collation)
      return other_key(after.name, "column " + to.name + " of its PRIMARY KEY has another collation");
    if (is_converted(from, to))
      return other_key(
          after.name,
          "column " + to.name + " of its PRIMARY KEY has another type, so that the copy has other keys");
  }
  return Status::ok();
}

Status check_key(const TableSchema& before, const TableSchema& after, const std::vector<int>& continued) {
  SPECTRADB_RETURN_IF_ERROR(check_kind_of_key(before, after));
  for (size_t i = 0; i < before.key_columns.size(); ++i) {
    const auto column = static_cast<size_t>(after.key_columns[i]);
    if (continued[column] != before.key_columns[i])
      return other_key(after.name, "its PRIMARY KEY is " + after.columns[column].name + " instead of " +
                                       before.columns[static_cast<size_t>(before.key_columns[i])].name);
  }
  return Status::ok();
}

// What ALTER TABLE ADD COLUMN would give to rows that are there; NULL where it would not.
Result<Value> value_of_older_rows(const Column& column, std::string& bytes) {
  if (!column.default_sql) return Value::null();
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin, Twin::make("x", {"a"}, nullptr));
  SPECTRADB_RETURN_IF_ERROR(execute(twin.db(), "INSERT INTO x VALUES (1)"));
  const std::string add = "ALTER TABLE x ADD COLUMN b " +
                          (column.declared_type.empty() ? std::string() : quoted(column.declared_type)) +
                          " DEFAULT ";
  const Status added = execute(twin.db(), add + "(" + *column.default_sql + ")");
  if (added.code() == Code::kNoMemory) return added;
  const Status written = added ? added : execute(twin.db(), add + *column.default_sql);
  if (written.code() == Code::kNoMemory) return written;
  if (!written) return Value::null();
  Query query(twin.db(), "SELECT b FROM x");
  Result<bool> row = query.step();
  if (!row) return row.status();
  const Value value = from_sqlite(sqlite3_column_value(query.statement(), 0));
  bytes.assign(value.bytes);
  Value kept = value;
  kept.bytes = bytes;
  return kept;
}

// Where the values of the new columns lie in the rows of the old table (ColumnCatalog).
Status lay_out(const TableSchema& before, const std::vector<int>& continued, TableSchema& after) {
  std::vector<int> payload = before.payload;
  if (payload.empty()) {
    for (size_t i = 0; i < before.columns.size(); ++i)
      if (before.columns[i].key_position < 0) payload.push_back(static_cast<int>(i));
  }
  for (int& column : payload) {
    const auto place = std::find(continued.begin(), continued.end(), column);
    column = column < 0 || place == continued.end() ? -1 : static_cast<int>(place - continued.begin());
  }
  for (size_t i = 0; i < after.columns.size(); ++i) {
    Column& column = after.columns[i];
    column.before = nullptr;
    column.is_added = false;
    if (continued[i] >= 0) {
      column.before = before.columns[static_cast<size_t>(continued[i])].before;
      column.is_added = before.columns[static_cast<size_t>(continued[i])].is_added;
      continue;
    }
    if (column.key_position >= 0) continue;
    column.is_added = true;
    payload.push_back(static_cast<int>(i));
    if (column.is_generated) continue;
    std::string bytes;
    SPECTRADB_ASSIGN_OR_RETURN(Value value, value_of_older_rows(column, bytes));
    if (!value.is_null()) column.before = std::make_shared<const temporal::StoredValue>(value);
  }
  after.payload = std::move(payload);
  return Status::ok();
}

// The indexes of the new table, as indexes of all that the old one ever had.
Status build_indexes(Database& database, const Definition& definition, uint32_t from) {
  IndexCatalog catalog(database);
  SPECTRADB_RETURN_IF_ERROR(catalog.move_all(from, definition.schema.id));
  SPECTRADB_ASSIGN_OR_RETURN(temporal::IndexSchemas indexes, catalog.load(definition));
  for (temporal::IndexSchema index : *indexes) {
    const uint32_t old_id = index.id;
    index.since = database.own_commit();
    SPECTRADB_RETURN_IF_ERROR(catalog.relocate(old_id, index));
    SPECTRADB_RETURN_IF_ERROR(IndexWriter(database, definition.schema).build(index));
  }
  return Status::ok();
}

// The form in which the table that goes on shows its bounds: as its definition says, else as before, else as the copy
// was written.
Status succeed_form(Database& database, const TableSchema& before, uint32_t made_id, bool is_declared,
                    TableSchema& after) {
  ValidForms& forms = database.valid_forms();
  SPECTRADB_ASSIGN_OR_RETURN(const ValidForms::Known made, forms.find_in_transaction(made_id));
  SPECTRADB_RETURN_IF_ERROR(forms.remove(made_id));
  if (!is_declared) after.valid_form = before.valid_form;
  if (after.valid_form == temporal::ValidForm::kAsGiven) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(forms.add(before.id, after.valid_form));
  if (after.valid_form != temporal::ValidForm::kOpen) return Status::ok();
  if (made.form != temporal::ValidForm::kOpen) forms.decide(before.id, made.form, database.batch()->mark());
  SPECTRADB_ASSIGN_OR_RETURN(const ValidForms::Known known, forms.find_in_transaction(before.id));
  after.valid_form = known.form;
  return Status::ok();
}

// What was retired stays so, and how long the history is kept is what it was where the new definition does not say it.
Status succeed_options(Database& database, const Definition& before, const Definition& after) {
  const uint64_t horizon = temporal::horizon_of(before.options);
  const std::string length = temporal::retention_of(before.options);
  SchemaChange change(database);
  if (horizon > temporal::horizon_of(after.options))
    SPECTRADB_RETURN_IF_ERROR(set_option_of(change, database, after.schema.name, temporal::kHorizonOption,
                                            std::to_string(horizon)));
  const int64_t valid_horizon = temporal::valid_horizon_of(before.options);
  if (valid_horizon > temporal::valid_horizon_of(after.options))
    SPECTRADB_RETURN_IF_ERROR(set_option_of(change, database, after.schema.name,
                                            temporal::kValidHorizonOption, std::to_string(valid_horizon)));
  const std::string valid_length = temporal::valid_retention_of(before.options);
  if (!valid_length.empty() && temporal::valid_retention_of(after.options).empty())
    SPECTRADB_RETURN_IF_ERROR(set_option_of(change, database, after.schema.name,
                                            temporal::kValidRetentionOption,
                                            sql::string_literal(valid_length)));
  if (length.empty() || !temporal::retention_of(after.options).empty()) return Status::ok();
  return set_option_of(change, database, after.schema.name, temporal::kRetentionOption,
                       sql::string_literal(length));
}

Status succeed(Database& database, const DroppedTable& old, const Definition& successor) {
  const TableSchema& before = old.definition.schema;
  SPECTRADB_RETURN_IF_ERROR(check_erase_by_is_not_rebuilt(old.definition, successor));
  Definition after = successor;
  after.schema.id = before.id;
  const std::vector<int> continued = continued_columns(database, old, after.schema);
  SPECTRADB_RETURN_IF_ERROR(check_key(before, after.schema, continued));
  SPECTRADB_RETURN_IF_ERROR(lay_out(before, continued, after.schema));
  after.schema.generated.reset();
  compute_missing_columns(after);
  SPECTRADB_RETURN_IF_ERROR(database.begin());
  SPECTRADB_RETURN_IF_ERROR(
      succeed_form(database, before, successor.schema.id, successor.declares_form, after.schema));
  SPECTRADB_RETURN_IF_ERROR(RowMerge(database, successor.schema, after.schema).run());
  SPECTRADB_RETURN_IF_ERROR(database.change_id(successor.schema.id, before.id));
  ColumnCatalog columns(database);
  SPECTRADB_RETURN_IF_ERROR(columns.remove_all(successor.schema.id));
  SPECTRADB_RETURN_IF_ERROR(columns.store(after.schema));
  SPECTRADB_RETURN_IF_ERROR(build_indexes(database, after, successor.schema.id));
  SPECTRADB_RETURN_IF_ERROR(database.foreign_keys().table_succeeds(successor.schema.id, before.id));
  SPECTRADB_RETURN_IF_ERROR(succeed_options(database, old.definition, successor));
  // Whoever is connected to the table has it under its old number.
  return change_schema_version(database);
}

Status would_lose_history(const std::string& table) {
  return Status::invalid(
      "table " + table +
      " was temporal when this transaction began and is an ordinary table now, so its "
      "history would be lost: change it with ALTER TABLE (or SELECT spectradb_alter('ALTER TABLE …')), make "
      "it "
      "anew WITH SYSTEM VERSIONING, or DROP it in a transaction of its own if the history shall go");
}

}  // namespace

namespace {

// The relation that took the place of a dropped table.
struct Successor {
  std::string name;
  sql::RelationKind kind = sql::RelationKind::kNone;
  bool is_filled = false;  // has rows of the dropped one
};

// A table with a history of its own keeps that. Of others the one counts that has rows of the dropped one, by what the
// transaction said, and else the first.
Result<Successor> find_successor(Database& database, const DroppedTable& dropped) {
  SqlCatalog catalog(database.connection());
  const std::string prefix = origin_name(database.schema(), "");
  const TableOrigins& origins = database.connection().part<Transaction>().origins();
  Successor first;
  for (const std::string& known : origins.successor_names(prefix + dropped.name, &dropped)) {
    Successor found{known.substr(prefix.size())};
    found.kind = catalog.find(database.schema(), found.name).kind;
    SPECTRADB_RETURN_IF_ERROR(catalog.failure());
    if (found.kind == sql::RelationKind::kNone || found.kind == sql::RelationKind::kView) continue;
    if (found.kind == sql::RelationKind::kTemporal) {
      SPECTRADB_ASSIGN_OR_RETURN(const Table* const table, opened_table(database, found.name));
      if (database.is_older_than_transaction(table->schema().id)) continue;
    }
    found.is_filled = origins.is_filled_from(known, &dropped);
    if (found.is_filled) return found;
    if (first.kind == sql::RelationKind::kNone) first = found;
  }
  return first;
}

}  // namespace

Status check_successor(Database& database, const Definition& definition) {
  Result<std::shared_ptr<const DroppedTable>> old = find_dropped(database, definition.schema.name);
  if (!old || *old == nullptr || !(*old)->has_history) return old.status();
  SPECTRADB_ASSIGN_OR_RETURN(const Successor found, find_successor(database, **old));
  const bool is_other = sqlite3_stricmp(found.name.c_str(), definition.schema.name.c_str()) != 0;
  if (found.is_filled && is_other) return Status::ok();  // the history goes on with that one
  SPECTRADB_RETURN_IF_ERROR(check_erase_by_is_not_rebuilt((*old)->definition, definition));
  return check_kind_of_key((*old)->definition.schema, definition.schema);
}

Status settle_successions(Database& database) {
  const std::vector<std::shared_ptr<const DroppedTable>> all =
      database.connection().part<Transaction>().dropped();
  for (const std::shared_ptr<const DroppedTable>& candidate : all) {
    if (candidate->database.get() != &database || !candidate->has_history) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<const DroppedTable> old,
                               find_dropped(database, candidate->name));
    if (old != candidate) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Successor found, find_successor(database, *candidate));
    if (found.kind == sql::RelationKind::kNone) continue;
    if (found.kind == sql::RelationKind::kOrdinary) return would_lose_history(found.name);
    SPECTRADB_ASSIGN_OR_RETURN(const Table* const table, opened_table(database, found.name));
    const Definition successor = table->definition();
    SPECTRADB_RETURN_IF_ERROR(succeed(database, *candidate, successor));
  }
  return Status::ok();
}

}  // namespace spectradb::extension

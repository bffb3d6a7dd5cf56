#include "extension/facets/copy/copy_rows.h"

#include "extension/facets/copy/user_statement.h"
#include "extension/functions/commit_texts.h"
#include "extension/functions/facts_in_order.h"
#include "extension/host/values.h"
#include "extension/schema/column_names.h"
#include "extension/session/database.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_times.h"
#include "extension/times/horizon.h"
#include "temporal/row_codec.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

class QueryRows final : public CopyRows {
 public:
  Status prepare(Connection& connection, const std::string& sql) {
    SPECTRADB_RETURN_IF_ERROR(statement_.prepare(connection.handle(), sql));
    if (sqlite3_stmt_readonly(statement_.statement()) == 0)
      return Status::invalid("COPY TO writes the rows of a query, and this one writes itself");
    for (int i = 0; i < sqlite3_column_count(statement_.statement()); ++i)
      names_.emplace_back(sqlite3_column_name(statement_.statement(), i));
    return Status::ok();
  }
  Result<bool> step() override { return statement_.step(); }
  Value cell(int column) override {
    return from_sqlite(sqlite3_column_value(statement_.statement(), column));
  }
  TargetColumn declared(int column) const override {
    const char* const type = sqlite3_column_decltype(statement_.statement(), column);
    const std::string name = names_[static_cast<size_t>(column)];
    return type == nullptr ? TargetColumn{name, "", temporal::Affinity::kBlob}
                           : TargetColumn{name, type, temporal::affinity_of_type(type)};
  }

 private:
  UserStatement statement_;
};

class HistoryRows final : public CopyRows {
 public:
  explicit HistoryRows(TemporalTable table)
      : table_(std::move(table)), row_(table_.schema), columns_(told_columns(table_.schema)) {}

  Status open();
  Result<bool> step() override;
  Value cell(int column) override { return cells_[static_cast<size_t>(column)]; }
  TargetColumn declared(int column) const override;

 private:
  Status tell_commit();
  Status tell_row(std::string_view payload, bool is_delete);
  Value told(const temporal::Bound& bound, std::string& text) const;

  TemporalTable table_;
  temporal::RowReader row_;
  std::vector<int> columns_;
  FactReader reader_;
  FactsInOrder facts_;
  bool is_begun_ = false;
  std::unique_ptr<lsm::VersionCursor> older_;
  std::unique_ptr<CommitTexts> texts_;
  std::vector<Value> cells_;
  std::string time_;
  std::string notes_;
  std::string bounds_[2];
};

Status HistoryRows::open() {
  if (!table_.hidden.empty())
    return Status::invalid("COPY: columns of table " + table_.schema.name +
                           " may not be read: not authorized");
  if (const uint64_t horizon = horizon_of(table_); horizon > 0)
    return Status::invalid(
        "COPY: table " + table_.schema.name + " has retired its history before commit " +
        std::to_string(horizon) +
        ", so that its facts alone do not tell the rest; COPY (SELECT … FOR ALL "
        "SYSTEM_TIME) TO … writes what is kept, and spectradb_backup() copies the database");
  if (valid_horizon_of(table_) > temporal::kBeginningOfTime)
    return Status::invalid(
        "COPY: table " + table_.schema.name +
        " has retired what had ended by its horizon of valid time, so that its facts alone "
        "do not tell the rest; COPY (SELECT … FOR ALL SYSTEM_TIME) TO … writes what is "
        "kept, and spectradb_backup() copies the database");
  SPECTRADB_ASSIGN_OR_RETURN(names_, history_columns(table_.schema));
  cells_.resize(names_.size());
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_.database));
  older_ = reader_.versions(0, UINT64_MAX);
  texts_ = std::make_unique<CommitTexts>(reader_.database());
  // Facts of the open transaction belong to no commit yet, so they are left out.
  facts_.open(reader_, {table_.schema.id}, 1, reader_.snapshot());
  return Status::ok();
}

Result<bool> HistoryRows::step() {
  SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
  SPECTRADB_RETURN_IF_ERROR(facts_.next());
  if (facts_.at_end()) return false;
  SPECTRADB_RETURN_IF_ERROR(tell_commit());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view value, facts_.value());
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Fact fact, temporal::decode_fact(value));
  SPECTRADB_ASSIGN_OR_RETURN(
      const temporal::Change change,
      temporal::change_of(*older_, facts_.user_key(), facts_.commit(), facts_.ordinal(), fact));
  cells_[kHistoryOperation] = Value::text(operation_name(change));
  cells_[kHistoryFrom] = told(in_form(fact.valid.from, table_.schema.valid_form), bounds_[0]);
  cells_[kHistoryTo] = told(in_form(fact.valid.to, table_.schema.valid_form), bounds_[1]);
  SPECTRADB_RETURN_IF_ERROR(tell_row(fact.payload, fact.operation == temporal::Operation::kDelete));
  return true;
}

TargetColumn HistoryRows::declared(int column) const {
  const std::string& name = names_[static_cast<size_t>(column)];
  const size_t own = names_.size() - columns_.size();  // of the history, and the rowid
  if (static_cast<size_t>(column) >= own) {
    const temporal::Column& told =
        table_.schema.columns[static_cast<size_t>(columns_[static_cast<size_t>(column) - own])];
    return {name, told.declared_type, told.affinity};
  }
  const bool is_bound = column == kHistoryFrom || column == kHistoryTo;
  const bool is_integer = is_bound ? table_.schema.valid_form == temporal::ValidForm::kInteger
                                   : column == kHistoryCommit || column >= kHistoryColumns;
  if (is_integer) return {name, "INTEGER", temporal::Affinity::kInteger};
  return {name, "TEXT", temporal::Affinity::kText};
}

Status HistoryRows::tell_commit() {
  const uint64_t commit = facts_.commit();
  if (is_begun_ && cells_[kHistoryCommit].integer == static_cast<int64_t>(commit)) return Status::ok();
  is_begun_ = true;
  cells_[kHistoryCommit] = Value::of_integer(static_cast<int64_t>(commit));
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> time_us, reader_.database().commit_time_us(commit));
  if (!time_us)
    return Status::corrupt("commit " + std::to_string(commit) + " is not in the tables of commits");
  time_ = temporal::format_instant(*time_us);
  cells_[kHistoryTime] = Value::text(time_);
  SPECTRADB_ASSIGN_OR_RETURN(const std::string* const notes, texts_->notes(commit));
  notes_ = *notes;
  cells_[kHistoryNotes] = notes_.empty() ? Value::null() : Value::text(notes_);
  return Status::ok();
}

Value HistoryRows::told(const temporal::Bound& bound, std::string& text) const {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) return Value::null();
  if (!bound.as_text) return Value::of_integer(bound.us);
  text = temporal::format_instant(bound.us);
  return Value::text(text);
}

Status HistoryRows::tell_row(std::string_view payload, bool is_delete) {
  row_.bind(facts_.user_key(), payload);
  size_t place = kHistoryColumns;
  if (table_.schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
    cells_[place++] = Value::of_integer(number);
  }
  for (const int column : columns_) {
    cells_[place] = Value::null();
    if (!is_delete || table_.schema.columns[static_cast<size_t>(column)].key_position >= 0) {
      SPECTRADB_ASSIGN_OR_RETURN(cells_[place], row_.column(column));
    }
    ++place;
  }
  return Status::ok();
}

}  // namespace

std::vector<int> told_columns(const temporal::TableSchema& schema) {
  std::vector<int> told;
  for (size_t i = 0; i < schema.columns.size(); ++i)
    if (!schema.columns[i].is_hidden && !schema.columns[i].is_generated) told.push_back(static_cast<int>(i));
  return told;
}

Result<std::vector<std::string>> history_columns(const temporal::TableSchema& schema) {
  std::vector<std::string> names = {"_commit_no", "_committed_at", "_notes",
                                    "_operation", "_valid_from",   "_valid_to"};
  for (const std::string& name : names) {
    if (has_column(schema, name.c_str()))
      return Status::invalid("COPY: table " + schema.name + " has a column " + name +
                             ", which a history has of its own; spectradb_dump tells it all the same");
  }
  if (schema.key_columns.empty()) names.push_back(name_of_rowid(schema));
  for (const int column : told_columns(schema))
    names.push_back(schema.columns[static_cast<size_t>(column)].name);
  return names;
}

Result<std::unique_ptr<CopyRows>> make_query_rows(Connection& connection, const std::string& sql) {
  auto rows = std::make_unique<QueryRows>();
  SPECTRADB_RETURN_IF_ERROR(rows->prepare(connection, sql));
  return std::unique_ptr<CopyRows>(std::move(rows));
}

Result<std::unique_ptr<CopyRows>> make_history_rows(Connection& connection, const std::string& schema,
                                                    const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable found,
                             find_temporal_table(connection, Value::text(table), schema, "COPY"));
  auto rows = std::make_unique<HistoryRows>(std::move(found));
  SPECTRADB_RETURN_IF_ERROR(rows->open());
  return std::unique_ptr<CopyRows>(std::move(rows));
}

}  // namespace spectradb::extension::copy

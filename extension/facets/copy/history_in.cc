#include "extension/facets/copy/history_in.h"

#include <algorithm>

#include "extension/facets/copy/copy_rows.h"
#include "extension/functions/facts_in_order.h"
#include "extension/host/setting.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/database.h"
#include "extension/session/given_time.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

constexpr int64_t kFactsBetweenQuestions = 512;
constexpr int kFirstCell = 4;  // place of the first cell of a row in the INSERT

}  // namespace

Status HistoryIn::open() {
  if (sqlite3_get_autocommit(connection_.handle()) == 0)
    return Status::invalid(
        "COPY: HISTORY makes commits, and a transaction is open: COMMIT or ROLLBACK first");
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_table(connection_, statement_));
  SPECTRADB_RETURN_IF_ERROR(check_without_facts(schema));
  return open_file();
}

Status HistoryIn::check_without_facts(const std::string& schema) {
  SPECTRADB_ASSIGN_OR_RETURN(const TemporalTable table,
                             find_temporal_table(connection_, Value::text(statement_.table), schema, "COPY"));
  database_ = table.database;
  SPECTRADB_ASSIGN_OR_RETURN(names_, history_columns(table.schema));
  columns_.resize(names_.size());
  made_.resize(names_.size());
  std::string list =
      std::string(hidden_name(kGiven)) + ", " + hidden_name(kValidFrom) + ", " + hidden_name(kValidTo);
  std::string places = "?1, ?2, ?3";
  for (size_t i = kHistoryColumns; i < names_.size(); ++i) {
    columns_[i].name = names_[i];
    list += ", " + quoted(names_[i]);
    places += ", ?" + std::to_string(kFirstCell + static_cast<int>(i) - kHistoryColumns);
  }
  for (const int place : told_columns(table.schema)) {
    const temporal::Column& column = table.schema.columns[static_cast<size_t>(place)];
    for (TargetColumn& one : columns_)
      if (one.name == column.name) one = {column.name, column.declared_type, column.affinity};
  }
  insert_text_ = "INSERT INTO " + quoted(schema) + "." + quoted(table.schema.name) + " (" + list +
                 ") VALUES (" + places + ")";
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database_));
  FactsInOrder facts;
  facts.open(reader, {table.schema.id}, 1, UINT64_MAX);
  SPECTRADB_RETURN_IF_ERROR(facts.next());
  if (facts.at_end()) return Status::ok();
  return Status::invalid("COPY: table " + table.schema.name + " has a history already, from commit " +
                         std::to_string(facts.commit()) +
                         " on: HISTORY is copied into a table without facts");
}

Status HistoryIn::open_file() {
  SPECTRADB_ASSIGN_OR_RETURN(OpenFile file, open_to_read(connection_, statement_.file));
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                             make_source(std::move(file), statement_.options.compression, statement_.file));
  reader_ = RecordReader::make(std::move(source), statement_.options);
  return statement_.options.header == CopyOptions::Header::kNone ? Status::ok() : read_header();
}

// Checks that the columns are those of the table in their order, so that no value gets into another column.
Status HistoryIn::read_header() {
  Record record;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
  if (!there) return Status::ok();
  for (size_t i = 0; i < std::max(names_.size(), record.fields.size()); ++i) {
    const std::string wanted = i < names_.size() ? names_[i] : "";
    const std::string got(i < record.fields.size() ? record.fields[i].bytes : std::string_view());
    if (got != wanted)
      return Status::invalid("column name mismatch in header line field " + std::to_string(i + 1) +
                             ": got \"" + got + "\", expected \"" + wanted + "\"" + place_of(record));
  }
  return Status::ok();
}

std::string HistoryIn::place_of(const Record& record) const {
  return "; COPY " + statement_.table + ", line " + std::to_string(record.line);
}

Status HistoryIn::find_cells(const Record& record) {
  if (!record.problem.empty()) return Status::invalid(record.problem);
  cells_.assign(names_.size(), Value::null());
  if (statement_.options.format != CopyOptions::Format::kJsonLines) {
    if (record.fields.size() != names_.size())
      return Status::invalid("a history of table " + statement_.table + " has " +
                             std::to_string(names_.size()) + " columns, not " +
                             std::to_string(record.fields.size()));
    std::copy(record.fields.begin(), record.fields.end(), cells_.begin());
    return Status::ok();
  }
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const auto found = std::find_if(names_.begin(), names_.end(), [&](const std::string& name) {
      return sqlite3_stricmp(name.c_str(), record.names[i].c_str()) == 0;
    });
    if (found == names_.end())
      return Status::invalid("a history of table " + statement_.table + " has no column \"" +
                             record.names[i] + "\"");
    cells_[static_cast<size_t>(found - names_.begin())] = record.fields[i];
  }
  return Status::ok();
}

Result<CopyResult> HistoryIn::run() {
  SPECTRADB_RETURN_IF_ERROR(open());
  // A row may refer to another table, whose history comes in later.
  const Setting foreign_keys(connection_.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0);
  Record record;
  for (int64_t read = 1;; ++read) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
    if (!there) break;
    if (record.problem.empty() && record.fields.empty()) continue;  // an empty line
    Status status = find_cells(record);
    if (status) status = take();
    if (!status) return Status(status.code(), status.message() + place_of(record));
    if (read % kFactsBetweenQuestions == 0 && database_->is_interrupted())
      return Status(Code::kInterrupted, "interrupted");
  }
  SPECTRADB_RETURN_IF_ERROR(end_commit());
  return result_;
}

Status HistoryIn::take() {
  const std::optional<int64_t> number = [&]() -> std::optional<int64_t> {
    std::string scratch;
    const Value said =
        temporal::apply_affinity(cells_[kHistoryCommit], temporal::Affinity::kInteger, scratch);
    return said.type == Value::Type::kInteger && said.integer > 0 ? std::optional(said.integer)
                                                                  : std::nullopt;
  }();
  if (!number)
    return Status::invalid("_commit_no is the number of a commit, not " + spelled(cells_[kHistoryCommit]));
  if (*number < commit_)
    return Status::invalid("commit " + std::to_string(*number) + " stands behind commit " +
                           std::to_string(commit_) + ": a history is told in its order");
  if (*number > commit_ || scope_ == nullptr) {
    SPECTRADB_RETURN_IF_ERROR(end_commit());
    SPECTRADB_RETURN_IF_ERROR(begin_commit(*number));
  }
  return write_fact();
}

Status HistoryIn::begin_commit(int64_t number) {
  const Value time = cells_[kHistoryTime];
  if (time.type != Value::Type::kText)
    return Status::invalid("_committed_at is the time of a commit as text, not " + spelled(time));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t time_us,
                             temporal::parse_instant(time.bytes, connection_.statement_now()));
  scope_ = std::make_unique<WriteScope>(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope_->begin());
  const Status suits = check_given_time(*database_, time_us, true);
  if (!suits)
    return Status(
        suits.code(),
        suits.message() + "; copy the history into a database whose commits are all older, or a new one");
  SPECTRADB_RETURN_IF_ERROR(say_replay(connection_, time_us));
  SPECTRADB_RETURN_IF_ERROR(annotate(cells_[kHistoryNotes]));
  const std::string note = statement_.file + ", commit " + std::to_string(number);
  SPECTRADB_RETURN_IF_ERROR(scope_->annotate("imported", Value::text(note)));
  insert_ = std::make_unique<UserStatement>();
  SPECTRADB_RETURN_IF_ERROR(insert_->prepare(connection_.handle(), insert_text_));
  commit_ = number;
  return Status::ok();
}

Status HistoryIn::annotate(const Value& notes) {
  if (notes.is_null()) return Status::ok();
  Query valid(connection_.handle(), "SELECT json_valid(?1) AND json_type(?1) = 'object'");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, valid.bind(1, notes).step());
  if (!row || valid.integer(0) == 0) return Status::invalid("_notes is a JSON object, not " + spelled(notes));
  Query each(connection_.handle(), "SELECT key, value FROM json_each(?1)");
  each.bind(1, notes);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, each.step());
    if (!is_there) return Status::ok();
    const std::string name = each.text(0);
    SPECTRADB_RETURN_IF_ERROR(scope_->annotate(name, from_sqlite(sqlite3_column_value(each.statement(), 1))));
  }
}

Status HistoryIn::end_commit() {
  if (scope_ == nullptr) return Status::ok();
  insert_.reset();
  SPECTRADB_RETURN_IF_ERROR(scope_->keep());
  scope_.reset();
  ++result_.commits;
  return Status::ok();
}

// A file of text cannot tell integers from text, so a bound that consists of digits is an integer.
Status HistoryIn::write_fact() {
  const Value operation = cells_[kHistoryOperation];
  const bool is_delete = operation.bytes == "delete";
  if (operation.type != Value::Type::kText ||
      (!is_delete && operation.bytes != "insert" && operation.bytes != "update"))
    return Status::invalid("_operation is insert, update or delete, not " + spelled(operation));
  insert_->bind(1, Value::text(is_delete ? "gone" : "row"));
  std::string bytes;
  for (const HistoryColumn bound : {kHistoryFrom, kHistoryTo}) {
    Value value = cells_[static_cast<size_t>(bound)];
    if (value.type == Value::Type::kText)
      value = temporal::apply_affinity(value, temporal::Affinity::kInteger, bytes);
    insert_->bind(bound == kHistoryFrom ? 2 : 3, value);
  }
  for (size_t i = kHistoryColumns; i < names_.size(); ++i) {
    Value value = cells_[i];
    if (value.type == Value::Type::kText && is_blob_column(columns_[i]) && take_bytes(value.bytes, made_[i]))
      value = Value::blob(made_[i]);
    insert_->bind(kFirstCell + static_cast<int>(i) - kHistoryColumns, value);
  }
  SPECTRADB_RETURN_IF_ERROR(insert_->run());
  ++result_.rows;
  return Status::ok();
}

}  // namespace spectradb::extension::copy

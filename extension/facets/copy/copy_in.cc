#include "extension/facets/copy/copy_in.h"

#include <algorithm>

#include "extension/session/database.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

constexpr int64_t kRowsBetweenQuestions = 512;

}  // namespace

Status CopyIn::open() {
  SPECTRADB_ASSIGN_OR_RETURN(target_, find_target(connection_, statement_));
  database_ = connection_.database(target_.schema);
  made_.resize(target_.columns.size());
  if (statement_.options.commit_every > 0 && sqlite3_get_autocommit(connection_.handle()) == 0)
    return Status::invalid(
        "COPY: COMMIT_EVERY commits on the way, and a transaction is open: COMMIT or ROLLBACK first");
  SPECTRADB_ASSIGN_OR_RETURN(OpenFile file, open_to_read(connection_, statement_.file));
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                             make_source(std::move(file), statement_.options.compression, statement_.file));
  reader_ = RecordReader::make(std::move(source), statement_.options);
  return Status::ok();
}

Status CopyIn::begin_part() {
  scope_ = std::make_unique<WriteScope>(*database_);
  SPECTRADB_RETURN_IF_ERROR(scope_->begin());
  rows_before_part_ = result_.rows;
  insert_ = std::make_unique<RowInsert>(connection_, target_, statement_.options.on_conflict);
  SPECTRADB_RETURN_IF_ERROR(insert_->prepare());
  if (statement_.options.rejects_table.empty()) return Status::ok();
  UserStatement make;
  SPECTRADB_RETURN_IF_ERROR(
      make.prepare(connection_.handle(),
                   "CREATE TABLE IF NOT EXISTS " + statement_.options.rejects_table +
                       "(file TEXT, line INTEGER, byte INTEGER, \"column\" TEXT, kind TEXT, text TEXT, "
                       "message TEXT)"));
  SPECTRADB_RETURN_IF_ERROR(make.run());
  reject_ = std::make_unique<UserStatement>();
  return reject_->prepare(
      connection_.handle(),
      "INSERT INTO " + statement_.options.rejects_table +
          "(file, line, byte, \"column\", kind, text, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
}

// The note of a commit says what it was copied from.
Status CopyIn::end_part() {
  const bool has_rows = result_.rows > rows_before_part_;
  if (has_rows) {
    std::string note = statement_.file + ", ";
    note += statement_.options.commit_every == 0
                ? std::to_string(result_.rows) + " rows"
                : "rows " + std::to_string(rows_before_part_ + 1) + " to " + std::to_string(result_.rows);
    note += ", sha256 " + reader_->sha256();
    SPECTRADB_RETURN_IF_ERROR(scope_->annotate("copy", Value::text(note)));
  }
  insert_.reset();
  reject_.reset();
  SPECTRADB_RETURN_IF_ERROR(scope_->keep());
  scope_.reset();
  result_.commits += has_rows ? 1 : 0;  // rejected rows are facts of nothing
  return Status::ok();
}

Result<CopyResult> CopyIn::run() {
  SPECTRADB_RETURN_IF_ERROR(open());
  SPECTRADB_RETURN_IF_ERROR(begin_part());
  if (statement_.options.header != CopyOptions::Header::kNone) SPECTRADB_RETURN_IF_ERROR(check_header());
  Record record;
  for (int64_t read = 1;; ++read) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
    if (!there) break;
    SPECTRADB_RETURN_IF_ERROR(take(record));
    if (read % kRowsBetweenQuestions == 0 && database_->is_interrupted())
      return Status(Code::kInterrupted, "interrupted");
    const int64_t every = statement_.options.commit_every;
    if (every == 0 || result_.rows - rows_before_part_ < every) continue;
    SPECTRADB_RETURN_IF_ERROR(end_part());
    SPECTRADB_RETURN_IF_ERROR(begin_part());
  }
  SPECTRADB_RETURN_IF_ERROR(end_part());
  return result_;
}

Status CopyIn::check_header() {
  Record record;
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, reader_->next(record));
  if (!there || statement_.options.header != CopyOptions::Header::kMatch) return Status::ok();
  return check_header_names(target_, record);
}

int CopyIn::place_of(const std::string& name) const {
  for (size_t i = 0; i < target_.columns.size(); ++i)
    if (sqlite3_stricmp(target_.columns[i].name.c_str(), name.c_str()) == 0) return static_cast<int>(i);
  return -1;
}

// Most lines have the names of the line before, in the same order and case.
bool CopyIn::find_places(const Record& record, Refusal& refusal) {
  places_.resize(record.names.size());
  for (size_t i = 0; i < record.names.size(); ++i) {
    const std::string& name = record.names[i];
    if (target_.columns[places_[i]].name == name) continue;
    const int place = place_of(name);
    if (place < 0) {
      refusal = {"columns", problem_of_name(target_, name), "", ""};
      return false;
    }
    places_[i] = static_cast<size_t>(place);
  }
  return true;
}

bool CopyIn::fits_columns(const Record& record, Refusal& refusal) {
  if (!record.problem.empty()) {
    const bool is_encoding = record.problem.rfind("invalid byte", 0) == 0;
    refusal = {is_encoding ? "encoding" : "format", record.problem, "", ""};
    return false;
  }
  if (statement_.options.format == CopyOptions::Format::kJsonLines) return find_places(record, refusal);
  if (record.fields.size() <= target_.columns.size()) return true;
  refusal = {"columns", "extra data after last expected column", "", ""};
  return false;
}

// Refuses a text that SQLite would keep as text in a column of numbers.
bool CopyIn::convert(size_t place, const Value& value, Refusal& refusal) {
  const TargetColumn& column = target_.columns[place];
  Value bound = value;
  if (!convert_cell(column, bound, made_[place])) {
    refusal = {"type",
               "invalid input syntax for type " + sql::lowered(column.declared_type) + ": \"" +
                   shortened(value.bytes) + "\"",
               column.name, std::string(value.bytes)};
    return false;
  }
  insert_->set(place, bound);
  return true;
}

// As in PostgreSQL, a field that does not fit is named before one that is missing.
bool CopyIn::bind_fields(const Record& record, Refusal& refusal) {
  const bool is_named = statement_.options.format == CopyOptions::Format::kJsonLines;
  if (is_named) insert_->clear();
  for (size_t i = 0; i < record.fields.size(); ++i) {
    const size_t place = is_named ? places_[i] : i;
    if (!convert(place, record.fields[i], refusal)) return false;
  }
  if (is_named || record.fields.size() == target_.columns.size()) return true;
  refusal = {"columns", "missing data for column \"" + target_.columns[record.fields.size()].name + "\"", "",
             ""};
  return false;
}

Status CopyIn::take(const Record& record) {
  const bool is_empty_line = record.problem.empty() && record.fields.empty() &&
                             record.text.find_first_not_of(" \t") == std::string_view::npos;
  if (is_empty_line) return Status::ok();
  Refusal refusal;
  if (!fits_columns(record, refusal) || !bind_fields(record, refusal)) return refuse(record, refusal);
  const Result<bool> is_written = insert_->insert();
  const Status whole = scope_->check();
  // What was written before is gone, and what comes behind would be kept without it.
  if (is_written && !whole)
    return Status::invalid("COPY " + target_.table + ", line " + std::to_string(record.line) + ": " +
                           whole.message());
  if (is_written) {
    result_.rows += *is_written ? 1 : 0;
    return Status::ok();
  }
  // These errors are the row's: violated constraints, and times that cannot be read.
  const Code code = is_written.status().code();
  const bool is_of_row = code == Code::kConstraint || code == Code::kInvalid;
  const bool is_open = sqlite3_get_autocommit(connection_.handle()) == 0;
  if (!is_of_row || !is_open || !whole) return is_written.status();
  const char* const kind = code == Code::kConstraint ? "constraint" : "value";
  return refuse(record, {kind, is_written.status().message(), "", ""});
}

// Says where the row is in the file, as PostgreSQL does.
std::string CopyIn::context(const Record& record, const Refusal& refusal) const {
  std::string text = "COPY " + target_.table + ", line " + std::to_string(record.line);
  if (!refusal.column.empty())
    return text + ", column " + refusal.column + ": \"" + shortened(refusal.value) + "\"";
  return std::string_view(refusal.kind) == "constraint" ? text
                                                        : text + ": \"" + shortened(record.text) + "\"";
}

Status CopyIn::refuse(const Record& record, const Refusal& refusal) {
  if (!statement_.options.rejects) {
    const std::string message = refusal.message + "; " + context(record, refusal);
    return std::string_view(refusal.kind) == "constraint" ? Status::constraint(message)
                                                          : Status::invalid(message);
  }
  ++result_.rejected;
  if (statement_.options.reject_limit && result_.rejected > *statement_.options.reject_limit) {
    return Status::invalid("skipped more than REJECT_LIMIT (" +
                           std::to_string(*statement_.options.reject_limit) + ") rows; " +
                           context(record, refusal) + ": " + refusal.message);
  }
  return reject_ == nullptr ? Status::ok() : keep_reject(record, refusal);
}

Status CopyIn::keep_reject(const Record& record, const Refusal& refusal) {
  reject_->bind(1, Value::text(statement_.file));
  reject_->bind(2, Value::of_integer(record.line));
  reject_->bind(3, Value::of_integer(record.byte));
  reject_->bind(4, refusal.column.empty() ? Value::null() : Value::text(refusal.column));
  reject_->bind(5, Value::text(refusal.kind));
  // Bytes that are not text are kept as they are.
  const bool is_text = std::string_view(refusal.kind) != "encoding";
  reject_->bind(6, is_text ? Value::text(record.text) : Value::blob(record.text));
  reject_->bind(7, Value::text(refusal.message));
  return reject_->run();
}

}  // namespace spectradb::extension::copy

#include "extension/facets/copy/copy_out.h"

#include <algorithm>

#include "base/hex.h"
#include "extension/facets/copy/copy_target.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/table/table.h"
#include "sql/rewrite/statement_rewriter.h"
#include "temporal/row_json.h"

namespace spectradb::extension::copy {

using temporal::Value;
using Format = CopyOptions::Format;

namespace {

constexpr size_t kWrittenAtOnceBytes = 1u << 16;
constexpr int64_t kWrittenRowsBetweenQuestions = 512;
constexpr size_t kLargeBytes = 1u << 20;  // memory for a text of this size is taken at once, and given back

// Makes room for a large text, of whose bytes `is_doubled` takes two each.
template <typename IsDoubled>
void reserve_for(std::string& out, std::string_view text, IsDoubled is_doubled) {
  if (text.size() < kLargeBytes) return;
  constexpr size_t kBesides = 1024;
  const auto doubled = std::count_if(text.begin(), text.end(), is_doubled);
  out.reserve(out.size() + text.size() + static_cast<size_t>(doubled) + kBesides);
}

}  // namespace

Result<std::string> CopyOut::query() const {
  if (!statement_.query.empty()) return statement_.query;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_table(connection_, statement_));
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                             columns_to_write(connection_, schema, statement_));
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + sql::column_name(name);
  if (list.empty()) list = "*";
  return "SELECT " + list + " FROM " + quoted(schema) + "." + quoted(statement_.table);
}

Result<std::unique_ptr<CopyRows>> CopyOut::make_rows() const {
  if (statement_.options.history) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_table(connection_, statement_));
    return make_history_rows(connection_, schema, statement_.table);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string sql, query());
  Result<std::unique_ptr<CopyRows>> rows = make_query_rows(connection_, sql);
  // Only SQLite knows all that a name may mean (a rowid, too), so names are looked at once it has refused them.
  if (!rows && rows.status().code() == Code::kInvalid && !statement_.columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_table(connection_, statement_));
    SPECTRADB_RETURN_IF_ERROR(check_columns(connection_, schema, statement_));
  }
  return rows;
}

Result<int64_t> CopyOut::run() {
  if (statement_.options.rejects || statement_.options.commit_every > 0 ||
      !statement_.options.valid_from.empty() || !statement_.options.valid_to.empty() ||
      statement_.options.header == CopyOptions::Header::kMatch)
    return Status::invalid(
        "COPY TO takes FORMAT, HEADER, DELIMITER, QUOTE, ESCAPE, NULL and OVERWRITE; others are for FROM");
  SPECTRADB_ASSIGN_OR_RETURN(rows_, make_rows());
  SPECTRADB_ASSIGN_OR_RETURN(const NewFile file,
                             open_to_write(connection_, statement_.file, statement_.options.may_overwrite));
  int64_t rows = 0;
  Status status = write_rows(file.file.descriptor(), &rows);
  sink_.reset();
  if (status) status = finish(file, statement_.options.may_overwrite);
  if (status) return rows;
  take_away(file);
  return status;
}

// A document is written as its JSON. One that is neither an object nor an array is written as text, so that
// it is read back as it was.
void CopyOut::find_documents() {
  if (!statement_.query.empty() || statement_.options.format != Format::kJsonLines) return;
  const Result<std::string> schema = schema_of_table(connection_, statement_);
  const Table* const table = schema ? connection_.find_table(*schema, statement_.table) : nullptr;
  if (table == nullptr) return;
  for (size_t i = 0; i < rows_->names().size(); ++i) {
    for (const temporal::Column& column : table->schema().columns)
      if (column.is_json && sqlite3_stricmp(column.name.c_str(), rows_->names()[i].c_str()) == 0)
        document_ = static_cast<int>(i);
  }
}

Status CopyOut::pass_on(bool is_last) {
  if (!is_last && out_.size() < kWrittenAtOnceBytes) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(sink_->write(out_));
  if (out_.capacity() >= kLargeBytes) std::string().swap(out_);
  out_.clear();
  return is_last ? sink_->finish() : Status::ok();
}

Status CopyOut::write_rows(int descriptor, int64_t* rows) {
  SPECTRADB_ASSIGN_OR_RETURN(sink_, make_sink(descriptor, statement_.options.compression, statement_.file));
  SPECTRADB_RETURN_IF_ERROR(begin_file());
  const std::shared_ptr<Database> main = connection_.database("main");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, rows_->step());
    if (parquet_ != nullptr && *rows == 0) SPECTRADB_RETURN_IF_ERROR(find_commit());
    if (!row) break;
    if (parquet_ != nullptr) {
      SPECTRADB_RETURN_IF_ERROR(parquet_->add());
    } else {
      append_row();
      SPECTRADB_RETURN_IF_ERROR(pass_on(false));
    }
    ++*rows;
    if (*rows % kWrittenRowsBetweenQuestions == 0 && main->is_interrupted())
      return {Code::kInterrupted, "interrupted"};
  }
  return finish_file();
}

Status CopyOut::begin_file() {
  if (statement_.options.format == Format::kParquet) {
    const std::string subject = statement_.query.empty() ? statement_.table : "(query)";
    parquet_ = std::make_unique<ParquetFile>(*sink_, *rows_, subject);
    return parquet_->begin();
  }
  find_documents();
  if (statement_.options.header == CopyOptions::Header::kThere) append_header();
  return Status::ok();
}

// While a statement reads, its commit is the last one that the connection sees.
Status CopyOut::find_commit() {
  std::string schema = "main";
  if (statement_.query.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(schema, schema_of_table(connection_, statement_));
  }
  SPECTRADB_ASSIGN_OR_RETURN(commit_, connection_.database(schema)->last_commit());
  return Status::ok();
}

// A file of Parquet says what it was made of.
Status CopyOut::finish_file() {
  if (parquet_ == nullptr) return pass_on(true);
  SPECTRADB_RETURN_IF_ERROR(
      parquet_->finish({{"spectradb.copy", statement_.query.empty() ? statement_.table : statement_.query},
                        {"spectradb.commit", std::to_string(commit_)}}));
  parquet_.reset();
  return sink_->finish();
}

void CopyOut::append_header() {
  for (size_t i = 0; i < rows_->names().size(); ++i) {
    if (i > 0) out_ += statement_.options.delimiter;
    append_field(rows_->names()[i], false);
  }
  out_ += '\n';
}

void CopyOut::append_row() {
  if (statement_.options.format == Format::kJsonLines) {
    append_object();
  } else {
    for (int i = 0; i < static_cast<int>(rows_->names().size()); ++i) {
      if (i > 0) out_ += statement_.options.delimiter;
      append_field(text_of(i), rows_->cell(i).is_null());
    }
  }
  out_ += '\n';
}

void CopyOut::append_field(std::string_view text, bool is_null) {
  if (is_null) {
    out_ += statement_.options.null_text;
  } else if (statement_.options.format == Format::kCsv) {
    append_csv(text);
  } else {
    append_text(text);
  }
}

// Writes numbers so that they read back the same, and bytes as PostgreSQL does.
std::string_view CopyOut::text_of(int column) {
  const Value value = rows_->cell(column);
  if (value.type == Value::Type::kText || value.type == Value::Type::kNull) return value.bytes;
  scratch_.clear();
  if (value.type != Value::Type::kBlob) {
    temporal::append_json(scratch_, value);
    return scratch_;
  }
  scratch_ = "\\x";
  append_hex(scratch_, value.bytes);
  return scratch_;
}

// At the beginning of a file it would be taken for the file's, by us and others.
bool begins_as_file(std::string_view text) { return text.starts_with("\xEF\xBB\xBF"); }

// Quotes a text that would otherwise not be read back as it is.
void CopyOut::append_csv(std::string_view text) {
  const CopyOptions& options = statement_.options;
  const char special[] = {options.delimiter, options.quote, '\n', '\r'};
  const bool is_end_mark = text == "\\." && rows_->names().size() == 1;
  const bool is_plain =
      text != options.null_text && !is_end_mark && !begins_as_file(text) &&
      text.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos;
  if (is_plain) {
    out_ += text;
    return;
  }
  reserve_for(out_, text, [&](char c) { return c == options.quote || c == options.escape; });
  out_ += options.quote;
  for (const char c : text) {
    if (c == options.quote || c == options.escape) out_ += options.escape;
    out_ += c;
  }
  out_ += options.quote;
}

void CopyOut::append_text(std::string_view text) {
  const char delimiter = statement_.options.delimiter;
  reserve_for(out_, text, [delimiter](char c) {
    return c == '\n' || c == '\r' || c == '\t' || c == '\\' || c == delimiter;
  });
  if (begins_as_file(text)) out_ += '\\';
  for (const char c : text) {
    switch (c) {
      case '\n':
        out_ += "\\n";
        break;
      case '\r':
        out_ += "\\r";
        break;
      case '\t':
        out_ += "\\t";
        break;
      case '\\':
        out_ += "\\\\";
        break;
      default:
        if (c == delimiter) out_ += '\\';
        out_ += c;
    }
  }
}

void CopyOut::append_object() {
  out_ += '{';
  for (int i = 0; i < static_cast<int>(rows_->names().size()); ++i) {
    if (i > 0) out_ += ',';
    temporal::append_json(out_, Value::text(rows_->names()[static_cast<size_t>(i)]));
    out_ += ':';
    const Value value = rows_->cell(i);
    const bool has_members = !value.bytes.empty() && (value.bytes[0] == '{' || value.bytes[0] == '[');
    if (i == document_ && value.type == Value::Type::kText && has_members) {
      out_ += value.bytes;
    } else if (value.type == Value::Type::kBlob) {
      temporal::append_json(out_, Value::text(text_of(i)));
    } else {
      temporal::append_json(out_, value);
    }
  }
  out_ += '}';
}

}  // namespace spectradb::extension::copy

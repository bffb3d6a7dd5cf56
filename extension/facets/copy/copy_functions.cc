#include "extension/facets/copy/copy_functions.h"

#include <memory>
#include <string>

#include "extension/access/gate.h"
#include "extension/facets/copy/copy_in.h"
#include "extension/facets/copy/copy_out.h"
#include "extension/facets/copy/history_in.h"
#include "extension/facets/copy/versions_in.h"
#include "extension/host/values.h"
#include "extension/times/session_time.h"
#include "temporal/row_json.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

// Asks for permission before it looks at the text, because a lock refuses every COPY.
Result<CopyResult> run_copy(Connection& connection, const Value& text) {
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(), SQLITE_PRAGMA, kCopy, nullptr, "main"));
  if (text.type != Value::Type::kText)
    return Status::invalid("spectradb_copy takes the text of a COPY, not " + spelled(text));
  const std::string owned(text.bytes);
  SPECTRADB_ASSIGN_OR_RETURN(const CopyStatement statement, read_copy_statement(owned));
  if (statement.is_from) {
    SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
    if (!statement.options.system_from.empty()) return VersionsIn(connection, statement).run();
    return statement.options.history ? HistoryIn(connection, statement).run()
                                     : CopyIn(connection, statement).run();
  }
  CopyResult result;
  SPECTRADB_ASSIGN_OR_RETURN(result.rows, CopyOut(connection, statement).run());
  return result;
}

enum CopyColumn : int { kRows, kRejected, kCommits, kStatementArgument };

constexpr const char* kCopyDeclaration =
    "CREATE TABLE x(rows INTEGER, rejected INTEGER, commits INTEGER, statement HIDDEN, PRIMARY KEY (rows, "
    "rejected)) WITHOUT ROWID";

class CopyCursor final : public FunctionCursor {
 public:
  explicit CopyCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override {
    is_there_ = false;
    sqlite3_value* text = arguments.argument(0);
    if (text == nullptr)
      return Status::invalid(
          "spectradb_copy needs the text of a COPY: spectradb_copy('COPY t FROM ''t.csv''')");
    SPECTRADB_ASSIGN_OR_RETURN(result_, run_copy(connection_, from_sqlite(text)));
    is_there_ = true;
    return Status::ok();
  }
  Status next() override {
    is_there_ = false;
    return Status::ok();
  }
  bool at_end() const override { return !is_there_; }
  Status column(sqlite3_context* context, int index) override {
    if (index == kRows) sqlite3_result_int64(context, result_.rows);
    if (index == kRejected) sqlite3_result_int64(context, result_.rejected);
    if (index == kCommits) sqlite3_result_int64(context, result_.commits);
    return Status::ok();
  }

 private:
  Connection& connection_;
  CopyResult result_;
  bool is_there_ = false;
};

enum ReadColumn : int { kLine, kByte, kReadRow, kProblem, kFileArgument, kOptionsArgument };

constexpr const char* kReadDeclaration =
    "CREATE TABLE x(line INTEGER, byte INTEGER PRIMARY KEY, row TEXT, problem TEXT, file HIDDEN, options "
    "HIDDEN) "
    "WITHOUT ROWID";

// Shows rows as JSON: as objects where a header or JSON lines give the names, and otherwise as arrays.
class ReadCursor final : public FunctionCursor {
 public:
  explicit ReadCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override {
    SPECTRADB_ASSIGN_OR_RETURN(is_there_, reader_->next(record_));
    return Status::ok();
  }
  bool at_end() const override { return !is_there_; }
  Status column(sqlite3_context* context, int index) override;

 private:
  void append_row(std::string& out) const;

  Connection& connection_;
  std::unique_ptr<RecordReader> reader_;
  Record record_;
  std::vector<std::string> names_;
  bool is_there_ = false;
};

Status ReadCursor::filter(const FunctionArguments& arguments) {
  is_there_ = false;
  names_.clear();
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection_.handle(), SQLITE_PRAGMA, kRead, nullptr, "main"));
  sqlite3_value* file = arguments.argument(0);
  if (file == nullptr || sqlite3_value_type(file) != SQLITE_TEXT)
    return Status::invalid("spectradb_read needs the name of a file: spectradb_read('t.csv')");
  const std::string name(from_sqlite(file).bytes);
  sqlite3_value* given = arguments.argument(1);
  const std::string text(given == nullptr ? std::string_view() : from_sqlite(given).bytes);
  SPECTRADB_ASSIGN_OR_RETURN(const CopyOptions options, read_copy_options(name, text));
  if (name.empty()) return Status::invalid("spectradb_read: the file has no name");
  SPECTRADB_RETURN_IF_ERROR(check_readable(options, name));
  SPECTRADB_ASSIGN_OR_RETURN(OpenFile opened, open_to_read(connection_, name));
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source,
                             make_source(std::move(opened), options.compression, name));
  reader_ = RecordReader::make(std::move(source), options);
  if (options.header != CopyOptions::Header::kNone) {
    SPECTRADB_RETURN_IF_ERROR(next());
    for (const Value& field : record_.fields) names_.emplace_back(field.bytes);
  }
  return next();
}

void ReadCursor::append_row(std::string& out) const {
  const std::vector<std::string>& names = record_.names.empty() ? names_ : record_.names;
  const bool is_empty_object = record_.fields.empty() && record_.text.find('{') != std::string_view::npos;
  const bool is_object = is_empty_object || (names.size() == record_.fields.size() && !names.empty());
  out += is_object ? '{' : '[';
  for (size_t i = 0; i < record_.fields.size(); ++i) {
    if (i > 0) out += ',';
    if (is_object) {
      temporal::append_json(out, Value::text(names[i]));
      out += ':';
    }
    temporal::append_json(out, record_.fields[i]);
  }
  out += is_object ? '}' : ']';
}

Status ReadCursor::column(sqlite3_context* context, int index) {
  std::string text;
  switch (index) {
    case kLine:
      sqlite3_result_int64(context, record_.line);
      return Status::ok();
    case kByte:
      sqlite3_result_int64(context, record_.byte);
      return Status::ok();
    case kReadRow:
      if (!record_.problem.empty()) return Status::ok();
      append_row(text);
      break;
    case kProblem:
      if (record_.problem.empty()) return Status::ok();
      text = record_.problem;
      break;
    default:
      return Status::ok();
  }
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

constexpr double kCopyCost = 1e9;  // COPY runs once, whatever the plan

}  // namespace

Status copy(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const CopyResult result,
                             run_copy(call.connection, from_sqlite(call.arguments[0])));
  sqlite3_result_int64(call.context, result.rows);
  return Status::ok();
}

constinit const TableFunction kCopyTable = {kCopy,
                                            kCopyDeclaration,
                                            kStatementArgument,
                                            1,
                                            [](FunctionPlanner& planner) { planner.answer(kCopyCost, 1, 0); },
                                            [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                              return std::make_unique<CopyCursor>(connection);
                                            },
                                            true};

constinit const TableFunction kReadTable = {kRead,
                                            kReadDeclaration,
                                            kFileArgument,
                                            2,
                                            [](FunctionPlanner& planner) { planner.answer(1e6, 100'000, 0); },
                                            [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                              return std::make_unique<ReadCursor>(connection);
                                            },
                                            true};

}  // namespace spectradb::extension::copy

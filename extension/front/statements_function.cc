#include "extension/front/statements_function.h"

#include <algorithm>
#include <string>

#include "extension/access/gate.h"
#include "extension/front/plain_sql.h"
#include "extension/functions/table_function.h"
#include "extension/host/values.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kName = "spectradb_statements";

enum StatementsColumn : int { kStatement, kSql, kStart, kTail, kScript, kSkip };

// Places count characters, as substr() does.
constexpr const char* kDeclaration =
    "CREATE TABLE x(statement TEXT, sql TEXT, start INTEGER PRIMARY KEY, tail INTEGER, script HIDDEN, skip "
    "HIDDEN) WITHOUT ROWID";

constexpr double kScanCost = 100;
constexpr int64_t kScanRows = 10;

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

int64_t characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), begins_character);
}

// Returns the byte offset behind `count` characters, at most the end.
size_t behind_characters(std::string_view text, int64_t count) {
  size_t at = 0;
  while (at < text.size() && (count > 0 || !begins_character(text[at]))) {
    if (begins_character(text[at])) --count;
    ++at;
  }
  return at;
}

// Each statement is rewritten when its row is asked for: by then the host has run those before it.
class StatementsCursor final : public FunctionCursor {
 public:
  explicit StatementsCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override;
  bool at_end() const override { return statement_.empty(); }
  Status column(sqlite3_context* context, int index) override;

 private:
  Connection& connection_;
  std::string script_;
  size_t next_ = 0;         // byte offset of the next statement
  int64_t next_place_ = 0;  // the same offset in characters
  std::string statement_;   // empty at the end
  std::string sql_;
  int64_t start_ = 0;
};

Status StatementsCursor::filter(const FunctionArguments& arguments) {
  statement_.clear();
  next_ = 0;
  next_place_ = 0;
  const Value script = arguments.value(0);
  if (script.type != Value::Type::kText) {
    if (script.is_null()) return Status::ok();
    return Status::invalid(std::string(kName) + " takes a text, not " + spelled(script));
  }
  script_ = script.bytes.substr(0, script.bytes.find('\0'));  // SQLite reads no further
  if (sqlite3_value* const skip = arguments.argument(1); skip != nullptr) {
    next_place_ = sqlite3_value_int64(skip);
    if (sqlite3_value_numeric_type(skip) == SQLITE_TEXT || next_place_ < 0)
      return Status::invalid(std::string(kName) + " skips a number of characters, not " +
                             spelled(from_sqlite(skip)));
    next_ = behind_characters(script_, next_place_);
  }
  return next();
}

Status StatementsCursor::next() {
  statement_.clear();
  const std::string_view rest = std::string_view(script_).substr(next_);
  const sql::Statement first = sql::first_statement(rest);
  if (first.tokens.empty()) return Status::ok();  // blanks and comments
  const size_t begin = first.tokens.front().begin;
  const size_t end = first.tokens.back().end;
  const std::string statement(rest.substr(begin, end - begin));
  SPECTRADB_ASSIGN_OR_RETURN(std::string sql, plain_sql(connection_, statement));
  start_ = next_place_ + characters(rest.substr(0, begin));
  next_place_ += characters(rest.substr(0, first.consumed));
  next_ += first.consumed;
  sql_ = std::move(sql);
  statement_ = statement;
  return Status::ok();
}

Status StatementsCursor::column(sqlite3_context* context, int index) {
  const auto give = [context](const std::string& text) {
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  };
  if (index == kStatement) give(statement_);
  if (index == kSql) give(sql_);
  if (index == kStart) sqlite3_result_int64(context, start_);
  if (index == kTail) sqlite3_result_int64(context, next_place_);
  return Status::ok();
}

void plan(FunctionPlanner& planner) { planner.answer(kScanCost, kScanRows, 0); }

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kScript,
                                     2,
                                     plan,
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<StatementsCursor>(connection);
                                     },
                                     true};

}  // namespace

const TableFunction& statements_table() { return kFunction; }

}  // namespace spectradb::extension

#include "extension/host/lent_functions.h"

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"

namespace spectradb::extension {

namespace {

constexpr std::string_view kNoFunction = "no such function: ";
constexpr char kOurs[] = "spectradb_%";  // our functions are there already

// Calls a function of the application by its name.
class LentFunction {
 public:
  LentFunction(sqlite3* host, std::string name) : host_(host), name_(std::move(name)) {}

  Status call(sqlite3_context* context, int count, sqlite3_value** arguments) {
    Query& query = query_of(count);
    SPECTRADB_RETURN_IF_ERROR(query.prepare());
    sqlite3_stmt* const statement = query.statement();
    for (int i = 0; i < count; ++i) sqlite3_bind_value(statement, i + 1, arguments[i]);
    const AuthorScope application(Author::kUser);  // what the function does there is the application's own
    const QueryScope scope(query);
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW) return status_of_sqlite(host_, code);
    sqlite3_result_value(context, sqlite3_column_value(statement, 0));
    return Status::ok();
  }

 private:
  Query& query_of(int count) {
    std::unique_ptr<Query>& query = queries_[count];
    if (query == nullptr) {
      std::string places;
      for (int i = 0; i < count; ++i) places += i == 0 ? "?" : ", ?";
      query = std::make_unique<Query>(host_, "SELECT " + quoted(name_) + "(" + places + ")");
    }
    return *query;
  }

  sqlite3* host_;
  std::string name_;
  std::map<int, std::unique_ptr<Query>> queries_;  // by the number of arguments
};

void call_lent(sqlite3_context* context, int count, sqlite3_value** arguments) {
  try {
    const Status status =
        static_cast<LentFunction*>(sqlite3_user_data(context))->call(context, count, arguments);
    if (!status) sqlite3_result_error(context, status.message().c_str(), -1);
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

Status make_lent(sqlite3* database, sqlite3* host, const std::string& name, int arguments, int flags) {
  auto* const lent = new LentFunction(host, name);
  const int code = sqlite3_create_function_v2(database, name.c_str(), arguments, SQLITE_UTF8 | flags, lent,
                                              call_lent, nullptr, nullptr,
                                              [](void* given) { delete static_cast<LentFunction*>(given); });
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(database, code);
}

// A collation of the application's.
class LentCollation {
 public:
  LentCollation(sqlite3* host, const std::string& name)
      : query_(host, "SELECT CASE WHEN ?1 < ?2 COLLATE " + quoted(name) + " THEN -1 ELSE ?1 > ?2 COLLATE " +
                         quoted(name) + " END") {}

  int compare(std::string_view a, std::string_view b) {
    query_.bind(1, a).bind(2, b);
    const AuthorScope application(Author::kUser);
    const QueryScope scope(query_);
    if (query_.statement() == nullptr || sqlite3_step(query_.statement()) != SQLITE_ROW) return a.compare(b);
    return static_cast<int>(query_.integer(0));
  }

 private:
  Query query_;
};

int compare_lent(void* given, int a_bytes, const void* a, int b_bytes, const void* b) {
  try {
    return static_cast<LentCollation*>(given)->compare(
        {static_cast<const char*>(a), static_cast<size_t>(a_bytes)},
        {static_cast<const char*>(b), static_cast<size_t>(b_bytes)});
  } catch (...) {
    return 0;  // memory ran out; the surrounding statement fails, too
  }
}

void lend_collation(void* host, sqlite3* database, int, const char* name) {
  try {
    Query known(static_cast<sqlite3*>(host),
                "SELECT 1 FROM pragma_collation_list WHERE name = ?1 COLLATE NOCASE");
    known.bind(1, std::string_view(name));
    const Result<bool> row = known.step();
    if (!row || !*row) return;  // SQLite reports that there is none
    auto* const lent = new LentCollation(static_cast<sqlite3*>(host), name);
    const auto end = [](void* given) { delete static_cast<LentCollation*>(given); };
    // SQLite leaves this to its caller, unlike for functions.
    if (sqlite3_create_collation_v2(database, name, SQLITE_UTF8, lent, compare_lent, end) != SQLITE_OK)
      delete lent;
  } catch (...) {
    return;
  }
}

// Returns the function's name from a message of SQLite's; empty for another message.
std::string function_lacked(const Status& status) {
  const size_t at = status.message().find(kNoFunction);
  return at == std::string::npos ? std::string() : status.message().substr(at + kNoFunction.size());
}

}  // namespace

Status LentFunctions::begin() {
  if (host_ == nullptr) return Status::ok();
  sqlite3_collation_needed(database_, host_, lend_collation);
  int is_trusted = 1;
  sqlite3_db_config(host_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &is_trusted);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, is_trusted, nullptr);
  return Status::ok();
}

Status LentFunctions::with_functions(const std::function<Status()>& deed) {
  std::set<std::string> lent;
  for (;;) {
    Status status = deed();
    const std::string function = status || host_ == nullptr ? std::string() : function_lacked(status);
    if (function.empty() || sqlite3_strlike(kOurs, function.c_str(), 0) == 0 || !lent.insert(function).second)
      return status;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, lend(function));
    if (!is_there && missing_.empty()) missing_ = function;
  }
}

Result<bool> LentFunctions::lend(const std::string& function) {
  constexpr int kTold = SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY | SQLITE_INNOCUOUS;
  Query known(
      host_,
      "SELECT DISTINCT narg, flags FROM pragma_function_list WHERE name = ?1 COLLATE NOCASE AND type = 's'");
  known.bind(1, std::string_view(function));
  bool is_there = false;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, known.step());
    if (!row) break;
    is_there = true;
    SPECTRADB_RETURN_IF_ERROR(make_lent(database_, host_, function, static_cast<int>(known.integer(0)),
                                        static_cast<int>(known.integer(1)) & kTold));
  }
  if (!is_there)
    SPECTRADB_RETURN_IF_ERROR(
        make_lent(database_, host_, function, -1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS));
  return is_there;
}

}  // namespace spectradb::extension

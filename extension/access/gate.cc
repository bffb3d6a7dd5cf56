#include "extension/access/gate.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <string_view>

#include "extension/facet/facet.h"
#include "extension/facet/matcher.h"
#include "extension/functions/table_function.h"
#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/schema/hidden_columns.h"
#include "extension/table/table.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

struct Gates {
  std::mutex mutex;
  std::map<sqlite3*, Gate*> by_handle;
};

// Never destroyed: connections may be closed while the process runs its destructors.
Gates& gates() {
  static Gates* all = new Gates;
  return *all;
}

bool is(const char* text, const char* name) { return text != nullptr && sqlite3_stricmp(text, name) == 0; }

bool is_one_of(const char* text, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [text](const char* name) { return is(text, name); });
}

bool is_temporary(const char* schema) { return is(schema, "temp"); }

// Functions that rewritten statements call. The last four ask for permission themselves.
bool is_machinery(const char* function) {
  return is_one_of(
      function, {"spectradb_time", "spectradb_as_commit", "spectradb_as_timestamp", "spectradb_period",
                 "spectradb_range", "spectradb_pack", "spectradb_lend", "spectradb_lent", "spectradb_write",
                 "spectradb_upsert", "spectradb_count", "spectradb_alter"});
}

// Returns the name of a table-valued function that the user called behind a schema's name; the rewriter gives
// it another name.
std::optional<std::string> called_in_schema(const char* table) {
  constexpr std::string_view kTwin = "spectradb_in_schema_";
  if (table == nullptr || sqlite3_strnicmp(table, kTwin.data(), static_cast<int>(kTwin.size())) != 0)
    return std::nullopt;
  return "spectradb_" + std::string(table + kTwin.size());
}

// Hidden columns that show nothing of a row, but carry times, clauses and texts into the table.
bool is_control(HiddenColumn column) {
  switch (column) {
    case kSystemArgument:
    case kValidArgument:
    case kAsOf:
    case kValidAt:
    case kPortion:
    case kGiven:
    case kUpsert:
    case kWritten:
    case kDefine:
    case kK:
    case kEffort:
    case kRankedBy:
      return true;
    default:
      return false;
  }
}

std::vector<std::string> key_columns(const Table& table) {
  std::vector<std::string> names;
  for (const int column : table.schema().key_columns)
    names.push_back(table.schema().columns[static_cast<size_t>(column)].name);
  return names;
}

std::vector<std::string> shown_columns(const Table& table) {
  std::vector<std::string> names;
  for (const temporal::Column& column : table.schema().columns) {
    if (!column.is_hidden) names.push_back(column.name);
  }
  return names;
}

// Returns the columns in which MATCH looks for words.
std::vector<std::string> matched_columns(const Table& table) {
  std::vector<std::string> names;
  for (const temporal::IndexSchema& index : table.indexes()) {
    for (const temporal::IndexPart& part : index.parts) {
      if (matcher_of(index) != nullptr)
        names.push_back(table.schema().columns[static_cast<size_t>(part.column)].name);
    }
  }
  return names;
}

bool is_table_function(const char* table) {
  for (const Facet* facet : facets()) {
    for (const TableFunction* function : facet->table_functions)
      if (is(table, function->name)) return true;
  }
  return called_in_schema(table).has_value();
}

constexpr const char* kFunctionForLife = "_spectradb_gate";

void fail(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_result_error(context, "_spectradb_gate() is not for use", -1);
}

}  // namespace

Gate* Gate::of(sqlite3* db) {
  Gates& all = gates();
  std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.by_handle.find(db);
  return found == all.by_handle.end() ? nullptr : found->second;
}

// SQLite destroys a connection's functions when it closes it, so the gate's life is bound to a function.
Status Gate::install(sqlite3* db) {
  auto gate = std::make_unique<Gate>(db);
  {
    Gates& all = gates();
    std::lock_guard<std::mutex> lock(all.mutex);
    all.by_handle[db] = gate.get();
  }
  const std::optional<HostAuthorizer> before = authorizer_of(db);
  if (before) gate->host_ = *before;
  if (const int code = gate->stand(); code != SQLITE_OK) return status_of_sqlite(db, code);
  // SQLite calls the destructor even when the registration fails.
  const int code = sqlite3_create_function_v2(db, kFunctionForLife, 0, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                              gate.release(), fail, nullptr, nullptr,
                                              [](void* owned) { delete static_cast<Gate*>(owned); });
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db, code);
}

Gate::~Gate() {
  if (const std::optional<HostAuthorizer> set = authorizer_of(db_);
      has_authorizers() && (!set || set->argument == this))
    sqlite3_set_authorizer(db_, host_.callback, host_.argument);
  Gates& all = gates();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.by_handle.erase(db_);
}

int Gate::set_authorizer(sqlite3* db, HostAuthorizer::Callback callback, void* argument) {
  Gate* gate = of(db);
  if (gate == nullptr) return sqlite3_set_authorizer(db, callback, argument);
  sqlite3_mutex* mutex = sqlite3_db_mutex(db);
  sqlite3_mutex_enter(mutex);
  gate->host_ = {callback, argument};
  const int code = gate->stand();
  sqlite3_mutex_leave(mutex);
  return code;
}

int Gate::stand() {
  if (!has_authorizers()) return SQLITE_OK;
  const bool is_needed = host_.callback != nullptr || lock_ != nullptr;
  return is_needed ? sqlite3_set_authorizer(db_, &Gate::answer, this)
                   : sqlite3_set_authorizer(db_, nullptr, nullptr);
}

// Where the host's calls are not redirected, the host may have taken our place.
HostAuthorizer Gate::host() const {
  const std::optional<HostAuthorizer> set = authorizer_of(db_);
  return !set || set->argument == this ? host_ : *set;
}

Status Gate::lock(Lock::Mode mode, Lock::Limits limits) {
  if (lock_ != nullptr) return lock_->tighten(mode, limits);
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<Lock> lock, Lock::make(db_, mode, limits));
  host_ = host();  // it may have been set after us
  lock_ = std::move(lock);
  const int code = stand();
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db_, code);
}

void Gate::set_progress(sqlite3* db, int steps, HostProgress::Callback callback, void* argument) {
  Gate* gate = of(db);
  if (gate == nullptr || gate->lock_ == nullptr || !gate->lock_->has_limits()) {
    sqlite3_progress_handler(db, steps, callback, argument);
    return;
  }
  sqlite3_mutex* mutex = sqlite3_db_mutex(db);
  sqlite3_mutex_enter(mutex);
  gate->lock_->set_host_progress({callback, argument, steps});
  sqlite3_mutex_leave(mutex);
}

void Gate::remove_table(const Table* table) {
  tables_.erase(std::remove(tables_.begin(), tables_.end(), table), tables_.end());
}

// Takes the newest one: a version from before an ALTER TABLE may still be connected.
const Table* Gate::find_table(const char* schema, const char* name) const {
  const auto found = std::find_if(tables_.rbegin(), tables_.rend(), [&](const Table* table) {
    return is(name, table->schema().name.c_str()) &&
           (schema == nullptr || is(schema, table->database().schema().c_str()));
  });
  return found == tables_.rend() ? nullptr : *found;
}

int Gate::ask(int action, const char* first, const char* second, const char* schema) const {
  if (lock_ != nullptr && !lock_->allows(action, first, second)) return SQLITE_DENY;
  return pass_on({action, first, second, schema, nullptr});
}

int Gate::pass_on(const Question& question) const {
  const HostAuthorizer asked = host();
  if (asked.callback == nullptr) return SQLITE_OK;
  return asked.callback(asked.argument, question.action, question.first, question.second, question.schema,
                        question.context);
}

int Gate::answer(void* gate, int action, const char* first, const char* second, const char* schema,
                 const char* context) {
  try {
    return static_cast<Gate*>(gate)->answer({action, first, second, schema, context});
  } catch (...) {  // memory ran out
    return SQLITE_DENY;
  }
}

int Gate::answer(const Question& question) const {
  const Author author = AuthorScope::current();
  if (author == Author::kUsToCompile || (author == Author::kUs && question.context == nullptr))
    return SQLITE_OK;
  // The user's words were asked about where they are; a table-valued function asks for what it shows.
  if (author == Author::kUsForUser && (question.action != SQLITE_READ || is_table_function(question.first)))
    return SQLITE_OK;
  if (lock_ != nullptr && !lock_->allows(question.action, question.first, question.second))
    return SQLITE_DENY;
  // The host is asked about the PRAGMA itself when it runs.
  if (rewritten_ == Rewritten::kPragma &&
      (question.action == SQLITE_SELECT || question.action == SQLITE_READ))
    return SQLITE_OK;
  switch (question.action) {
    case SQLITE_READ:
      return answer_read(question);
    case SQLITE_INSERT:
      return is(question.first, "spectradb_returned") ? SQLITE_OK : pass_on(question);
    case SQLITE_DELETE:
      return rewritten_ == Rewritten::kIndex ? SQLITE_OK : pass_on(question);
    case SQLITE_FUNCTION:
      if (rewritten_ == Rewritten::kRanking && is(question.second, "match")) return SQLITE_OK;
      return is_machinery(question.second) ? SQLITE_OK : pass_on(question);
    case SQLITE_CREATE_VTABLE:
      if (rewritten_ != Rewritten::kCreateTable) return pass_on(question);
      return pass_on({is_temporary(question.schema) ? SQLITE_CREATE_TEMP_TABLE : SQLITE_CREATE_TABLE,
                      question.first, nullptr, question.schema, question.context});
    case SQLITE_DROP_VTABLE:
      if (!is(question.second, "spectradb")) return pass_on(question);
      return pass_on({is_temporary(question.schema) ? SQLITE_DROP_TEMP_TABLE : SQLITE_DROP_TABLE,
                      question.first, nullptr, question.schema, question.context});
    default:
      return pass_on(question);
  }
}

// Returns the first answer that is not SQLITE_OK.
int Gate::answer_each(const Question& question, const std::vector<std::string>& columns) const {
  for (const std::string& column : columns) {
    Question one = question;
    one.second = column.c_str();
    if (const int answer = pass_on(one); answer != SQLITE_OK) return answer;
  }
  return SQLITE_OK;
}

int Gate::answer_read(const Question& question) const {
  if (is(question.first, "spectradb_returned")) return SQLITE_OK;
  if (const std::optional<std::string> written = called_in_schema(question.first)) {
    Question as_written = question;
    as_written.first = written->c_str();
    return pass_on(as_written);
  }
  // All names of hidden columns except rowid begin with an underscore; only such names are looked up.
  const char* name = question.second;
  if (name == nullptr || (*name != '_' && !is(name, "rowid"))) return pass_on(question);
  const Table* table = find_table(question.schema, question.first);
  if (table == nullptr) return pass_on(question);
  const std::vector<temporal::Column>& columns = table->schema().columns;
  const auto column = std::find_if(columns.begin(), columns.end(),
                                   [&](const temporal::Column& one) { return is(name, one.name.c_str()); });
  if (column != columns.end() && !column->is_hidden) return pass_on(question);
  // An indexed expression may read any column of the table.
  if (column != columns.end())
    return rewritten_ == Rewritten::kExpression ? SQLITE_OK : answer_each(question, shown_columns(*table));
  if (is(name, hidden_name(kKey)) || is(name, hidden_name(kRowid)) || is(name, "rowid")) {
    const std::vector<std::string> keys = key_columns(*table);
    if (!keys.empty()) return answer_each(question, keys);
    Question rowid = question;
    rowid.second = "ROWID";
    return pass_on(rowid);
  }
  if (is(name, hidden_name(kText)) || is(name, hidden_name(kMatch)))
    return answer_each(question, matched_columns(*table));
  if (rewritten_ == Rewritten::kUpsert) return SQLITE_OK;
  // The distance is a function of a column, and that column is asked about.
  if (rewritten_ == Rewritten::kRanking && is(name, hidden_name(kDistance, table->schema()).c_str()))
    return SQLITE_OK;
  // Only what counts the rows reads this one, and SQLite asks so about a table of which no column is read.
  if (is(name, hidden_name(kUpsert))) {
    Question counted = question;
    counted.second = "";
    return pass_on(counted) == SQLITE_DENY ? SQLITE_DENY : SQLITE_OK;
  }
  for (int hidden = 0; hidden < kHiddenColumnCount; ++hidden) {
    if (is_control(static_cast<HiddenColumn>(hidden)) &&
        is(name, hidden_name(static_cast<HiddenColumn>(hidden))))
      return SQLITE_OK;
  }
  return pass_on(question);
}

namespace {

Status not_authorized() { return Status::invalid("not authorized"); }

// The message is worded as SQLite's.
Status prohibited(const std::string& schema, const std::string& table, const std::string& column) {
  const std::string prefix = sqlite3_stricmp(schema.c_str(), "main") == 0 ? "" : schema + ".";
  return Status::invalid("access to " + prefix + table + "." + column + " is prohibited");
}

}  // namespace

namespace {

// A lock says why it refuses.
Status refused(const Gate& gate, Status by_host) {
  const Lock* lock = gate.lock();
  return lock != nullptr && !lock->refusal().empty() ? Status::read_only(lock->refusal())
                                                     : std::move(by_host);
}

}  // namespace

Status ask_permission(sqlite3* db, int action, const char* first, const char* second, const char* schema) {
  const Gate* gate = Gate::of(db);
  if (gate == nullptr || !AuthorScope::is_for_user()) return Status::ok();
  return gate->ask(action, first, second, schema) == SQLITE_OK ? Status::ok()
                                                               : refused(*gate, not_authorized());
}

Result<std::vector<bool>> ask_to_read(sqlite3* db, const std::string& schema, const std::string& table,
                                      const std::vector<std::string>& columns) {
  const Gate* gate = Gate::of(db);
  std::vector<bool> hidden;
  if (gate == nullptr || !gate->has_host() || !AuthorScope::is_for_user()) return hidden;
  for (size_t i = 0; i < columns.size(); ++i) {
    const int answer = gate->ask(SQLITE_READ, table.c_str(), columns[i].c_str(), schema.c_str());
    if (answer == SQLITE_OK) continue;
    if (answer != SQLITE_IGNORE) return prohibited(schema, table, columns[i]);
    hidden.resize(columns.size());
    hidden[i] = true;
  }
  return hidden;
}

namespace {

// Asks about one statement; returns how many bytes it took, all of them where SQLite cannot read it. It is the user's,
// also where a statement of ours in the user's name comes upon it.
Result<size_t> ask_for_one(sqlite3* db, std::string_view sql) {
  const AuthorScope asking(Author::kUser);
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), 0, &statement, &rest);
  sqlite3_finalize(statement);
  // SQLite calls it an ordinary error where a function is denied.
  const bool is_denied = code == SQLITE_AUTH ||
                         std::string_view(sqlite3_errmsg(db)).starts_with("not authorized to use function");
  if (code == SQLITE_OK) return static_cast<size_t>(rest - sql.data());
  if (!is_denied) return sql.size();
  return refused(*Gate::of(db), Status::invalid(sqlite3_errmsg(db)));
}

bool is_somebody_to_ask(sqlite3* db) {
  const Gate* gate = Gate::of(db);
  return gate != nullptr && (gate->has_host() || gate->lock() != nullptr) && AuthorScope::is_for_user();
}

}  // namespace

Status ask_for_statement(sqlite3* db, const std::string& sql) {
  return is_somebody_to_ask(db) ? ask_for_one(db, sql).status() : Status::ok();
}

Status ask_for_script(sqlite3* db, const std::string& sql) {
  if (!is_somebody_to_ask(db)) return Status::ok();
  // SQLite stops inside a statement that it cannot read, and would be asked anew about each word behind.
  for (std::string_view text = sql; !text.empty();) {
    const std::string_view first = text.substr(0, sql::first_statement(text).consumed);
    SPECTRADB_ASSIGN_OR_RETURN(const size_t asked, ask_for_one(db, first));
    if (asked == 0) break;
    text.remove_prefix(asked);
  }
  return Status::ok();
}

}  // namespace spectradb::extension

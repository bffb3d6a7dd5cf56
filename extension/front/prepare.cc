#include "extension/front/prepare.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "extension/access/gate.h"
#include "extension/facet/private_table.h"
#include "extension/front/exec.h"
#include "extension/front/hints.h"
#include "extension/front/hook_mark.h"
#include "extension/front/kept_statements.h"
#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/own_limits.h"
#include "extension/host/second_sqlite.h"
#include "extension/read/row_counts.h"
#include "extension/session/connection.h"
#include "extension/session/transaction.h"
#include "extension/spectradb.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "sql/rewriter.h"
#include "sql/shape/insert_target.h"
#include "sql/shape/whole_count.h"
#include "sql/statements/hooked_call.h"
#include "sql/statements/index_statement.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

// The error of the next statement on spectradb_raise: so a rewriting error becomes an error of prepare.
struct PendingError {
  std::string message;
};

struct RaiseTable : sqlite3_vtab {
  Connection* connection;
};

int raise_connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char** message) {
  return guarded(message, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(declare_columns(db, "CREATE TABLE x(error)"));
    auto* table = new RaiseTable{};
    table->connection = static_cast<Connection*>(aux);
    *out = table;
    return Status::ok();
  });
}

int raise_disconnect(sqlite3_vtab* table) {
  delete static_cast<RaiseTable*>(table);
  return SQLITE_OK;
}

int raise_best_index(sqlite3_vtab* table, sqlite3_index_info*) {
  return report(table,
                Status::invalid(static_cast<RaiseTable*>(table)->connection->part<PendingError>().message));
}

// Fails, and leaves the message where sqlite3_errmsg() finds it.
int raise(PrepareV3 original, Connection& connection, const Status& status, unsigned int flags,
          sqlite3_stmt** out) {
  connection.part<PendingError>().message = status.message();
  const AuthorScope ours(Author::kUs);
  const OwnLimits limits(connection.handle());  // or a host with a small limit would hear of that instead
  return original(connection.handle(), ("SELECT * FROM " + raise_table()).c_str(), -1, flags, out, nullptr);
}

// A text that SQLite cannot read, or that has names it does not know, may be another system's: raises
// SQLite's message, followed by what to write here instead.
int explain(PrepareV3 original, Connection& connection, std::string_view text, int code, unsigned int flags,
            sqlite3_stmt** out) {
  if (code != SQLITE_ERROR) return code;
  const std::string message = sqlite3_errmsg(connection.handle());
  const std::string explanation = explained(connection, text, message);
  if (explanation.empty()) return code;
  return raise(original, connection, Status::invalid(explanation), flags, out);
}

// Returns the text, at least as far as the first statement. A host passes the rest of a script again for each
// of its statements, so neither its length nor all its words may be looked at each time.
std::string_view first_text(const char* sql, int bytes) {
  constexpr size_t kFrontBytes = 4096;
  const size_t limit = bytes < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(bytes);
  const std::string_view front(sql, strnlen(sql, std::min(limit, kFrontBytes)));
  if (front.size() < kFrontBytes) return front;
  const size_t consumed = sql::first_statement(front).consumed;
  if (consumed < front.size()) return front.substr(0, consumed);
  return {sql, strnlen(sql, limit)};
}

class ConnectionLock {
 public:
  explicit ConnectionLock(sqlite3* db) : mutex_(sqlite3_db_mutex(db)) { sqlite3_mutex_enter(mutex_); }
  ~ConnectionLock() { sqlite3_mutex_leave(mutex_); }
  ConnectionLock(const ConnectionLock&) = delete;
  ConnectionLock& operator=(const ConnectionLock&) = delete;

 private:
  sqlite3_mutex* mutex_;
};

// A prepared statement may use an indexed expression: prepares it again with the hidden column instead.
int tell_expressions(PrepareV3 original, Connection& connection, std::string_view text, unsigned int flags,
                     sqlite3_stmt** out) {
  if (*out == nullptr || !connection.take_expressions_planned()) return SQLITE_OK;
  SqlCatalog catalog(connection);
  const Result<sql::Rewritten> rewritten = sql::rewrite_statement(text, catalog);
  // If that fails, the statement reads without the index.
  if (!catalog.failure() || !rewritten || !rewritten->changed) return SQLITE_OK;
  const Gate::RewrittenScope scope(Gate::of(connection.handle()), Gate::Rewritten::kExpression);
  sqlite3_stmt* told = nullptr;
  const KeptStatements::Preparing preparing(connection.part<KeptStatements>());
  const int code = original(connection.handle(), rewritten->text.c_str(),
                            static_cast<int>(rewritten->text.size()), flags, &told, nullptr);
  static_cast<void>(connection.take_expressions_planned());
  if (code != SQLITE_OK) return code == SQLITE_NOMEM ? code : SQLITE_OK;
  sqlite3_finalize(std::exchange(*out, told));
  connection.part<KeptStatements>().keep(*out, text);
  return SQLITE_OK;
}

// SQLite reports refused functions only by a message.
bool is_refused(sqlite3* db, int code) {
  constexpr std::string_view kMessage = "not authorized";
  return code == SQLITE_AUTH || (code == SQLITE_ERROR &&
                                 std::string_view(sqlite3_errmsg(db)).substr(0, kMessage.size()) == kMessage);
}

// SQLite's message says only that something was refused; this says what.
int say_refusal(int code, PrepareV3 original, Connection& connection, unsigned int flags,
                sqlite3_stmt** out) {
  const Gate* gate = Gate::of(connection.handle());
  if (gate == nullptr || gate->lock() == nullptr || gate->lock()->refusal().empty()) return code;
  return raise(original, connection, Status::read_only(gate->lock()->refusal()), flags, out);
}

// The user's text is short enough, and what it becomes is not.
Status too_long(sqlite3* db, const sql::Rewritten& rewritten) {
  return Status::invalid("statement too long: as plain SQL it has " + std::to_string(rewritten.text.size()) +
                         " bytes, and SQLITE_LIMIT_SQL_LENGTH is " +
                         std::to_string(sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, -1)));
}

// Returns the text that SQLite keeps for a statement.
std::string_view kept_text(sqlite3_stmt* statement) {
  const char* const text = statement == nullptr ? nullptr : sqlite3_sql(statement);
  return text == nullptr ? std::string_view() : text;
}

int prepare_rewritten(PrepareV3 original, sqlite3* db, std::string_view text, const sql::Rewritten& rewritten,
                      unsigned int flags, sqlite3_stmt** out) {
  const Gate::RewrittenScope scope(Gate::of(db),
                                   rewritten.ranks ? Gate::Rewritten::kRanking : kind_of_rewriting(text));
  return original(db, rewritten.text.c_str(), static_cast<int>(rewritten.text.size()), flags, out, nullptr);
}

int prepare_first(PrepareV3 original, sqlite3* db, const char* sql, std::string_view text, int bytes,
                  unsigned int flags, sqlite3_stmt** out, const char** tail) {
  Connection* connection = Connection::of(db);
  if (connection == nullptr) return original(db, sql, bytes, flags, out, tail);
  // An INSERT is looked at only because a temporal table may have DEFAULTs; once its table is known not to
  // need that, it is not looked at again.
  const std::optional<sql::InsertTarget> target = sql::insert_target(text);
  // Behind a CREATE TABLE a copy of rows may tell which columns a table continues that is made anew. To look at it reads the
  // schema, which a transaction that has not written would keep a lock for.
  const bool is_copy = target && sqlite3_txn_state(db, nullptr) == SQLITE_TXN_WRITE &&
                       sql::is_of_query(text.substr(target->end));
  const bool is_plain_insert =
      target && !is_copy && !sql::may_be_temporal(text.substr(target->end), statement_forms());
  // The rewriter reads the schema, so no other thread may work on the connection.
  const ConnectionLock lock(db);
  KeptStatements& kept = connection->part<KeptStatements>();
  const KeptStatements::Preparing preparing(kept);
  if (is_plain_insert && connection->needs_no_rewriting(target->name)) {
    int code = explain(original, *connection, text, original(db, sql, bytes, flags, out, tail), flags, out);
    if (code == SQLITE_OK) kept.keep(*out, kept_text(*out));
    if (code == SQLITE_OK && Table::is_any_with_expressions())
      code = tell_expressions(original, *connection, text, flags, out);
    connection->statement_prepared(*out);
    if (is_refused(db, code)) return say_refusal(code, original, *connection, flags, out);
    if (code != SQLITE_ERROR) return code;
    connection->forget_targets();  // another connection may have changed the table: the catalog will see
  }
  if (!is_plain_insert) connection->forget_targets();  // the statement may change the schema
  SqlCatalog catalog(*connection);
  Result<sql::Rewritten> rewritten = sql::rewrite_statement(text, catalog);
  int code = SQLITE_OK;
  if (!catalog.failure()) {
    if (tail != nullptr) *tail = sql;
    code = sqlite_code(catalog.failure());
  } else if (!rewritten) {
    if (tail != nullptr) *tail = sql;
    code = raise(original, *connection, rewritten.status(), flags, out);
  } else if (!rewritten->changed) {
    if (is_plain_insert) connection->remember_target(target->name);
    code = explain(original, *connection, text, original(db, sql, bytes, flags, out, tail), flags, out);
    if (code == SQLITE_OK) kept.keep(*out, kept_text(*out));
  } else {
    code = prepare_rewritten(original, db, text, *rewritten, flags, out);
    if (code == SQLITE_ERROR && rewritten->ranks && !is_refused(db, code)) {
      // SQLite cannot prepare the text with an ORDER BY for an index, so it gets one without.
      rewritten = sql::rewrite_statement(text, catalog, false);
      if (rewritten && rewritten->changed)
        code = prepare_rewritten(original, db, text, *rewritten, flags, out);
      else
        code = original(db, sql, bytes, flags, out, tail);
    }
    const size_t consumed = sql::first_statement(text).consumed;
    if (tail != nullptr) *tail = sql + consumed;
    if (code == SQLITE_TOOBIG && rewritten->changed)
      code = raise(original, *connection, too_long(db, *rewritten), flags, out);
    code = explain(original, *connection, text, code, flags, out);
    if (code == SQLITE_OK) kept.keep(*out, text.substr(0, consumed));
  }
  connection->statement_prepared(*out);
  return is_refused(db, code) ? say_refusal(code, original, *connection, flags, out) : code;
}

// Whether the name may be that of a large temporal table. The rewriter finds out which table SQLite means.
bool may_be_large(sqlite3* db, const sql::CountedTable& table) {
  Connection* const connection = Connection::of(db);
  if (connection == nullptr) return false;
  const ConnectionLock lock(db);
  if (!table.schema.empty()) return RowCounts::are_many(*connection, table.schema, table.name);
  for (int i = 0;; ++i) {
    const char* const schema = sqlite3_db_name(db, i);
    if (schema == nullptr) return false;
    if (RowCounts::are_many(*connection, schema, table.name)) return true;
  }
}

// Prepares a text that asks whether it came through the hook, as this one did.
int prepare_marked(PrepareV3 original, sqlite3* db, std::string_view text, const std::string& marked,
                   unsigned int flags, sqlite3_stmt** out, const char** tail) {
  const int code = prepare_first(original, db, marked.c_str(), marked, static_cast<int>(marked.size()), flags,
                                 out, nullptr);
  if (tail != nullptr) *tail = text.data() + (code == SQLITE_OK ? sql::first_statement(text).consumed : 0);
  return code;
}

const ModuleBuilder kRaise =
    ModuleBuilder().eponymous<raise_connect>().ended_by<raise_disconnect>().never_read<raise_best_index>();

}  // namespace

Gate::Rewritten kind_of_rewriting(std::string_view text) {
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  if (reader.is_word(0, "CREATE") && !reader.is_word(1, "VIRTUAL"))
    return sql::read_index_statement(reader, {0, reader.size()}) ? Gate::Rewritten::kIndex
                                                                 : Gate::Rewritten::kCreateTable;
  if (reader.is_word(0, "PRAGMA")) return Gate::Rewritten::kPragma;
  return reader.is_word(0, "DROP") || reader.is_word(0, "REINDEX") ? Gate::Rewritten::kIndex
                                                                   : Gate::Rewritten::kNot;
}

const std::string& raise_table() {
  static const std::string name = private_table("spectradb_raise");
  return name;
}

const ModuleBuilder& raise_module() { return kRaise; }

int prepare_temporal(PrepareV3 original, Way way, sqlite3* db, const char* sql, int bytes, unsigned int flags,
                     sqlite3_stmt** out, const char** tail) {
  if (db == nullptr || sql == nullptr || out == nullptr) return original(db, sql, bytes, flags, out, tail);
  *out = nullptr;
  try {
    const std::string_view text = first_text(sql, bytes);
    if (sql::may_be_temporal(text, statement_forms())) {
      if (way == Way::kHook && sql::may_ask_whether_hooked(text)) {
        if (const auto marked = sql::answered_hooked(text, hook_mark()); marked)
          return prepare_marked(original, db, text, *marked, flags, out, tail);
      }
      return prepare_first(original, db, sql, text, bytes, flags, out, tail);
    }
    const std::optional<sql::CountedTable> counted = sql::counted_table(text);
    const bool is_known = counted && may_be_large(db, *counted);
    if (is_known && prepare_first(original, db, sql, text, bytes, flags, out, tail) == SQLITE_OK)
      return SQLITE_OK;
    int code = original(db, sql, bytes, flags, out, tail);
    // To prepare it has connected the table. What cannot be rewritten now stays as it is.
    if (counted && !is_known && code == SQLITE_OK && may_be_large(db, *counted)) {
      sqlite3_finalize(std::exchange(*out, nullptr));
      if (prepare_first(original, db, sql, text, bytes, flags, out, tail) == SQLITE_OK) return SQLITE_OK;
      code = original(db, sql, bytes, flags, out, tail);
    }
    if (is_refused(db, code)) {
      Connection* refused = Connection::of(db);
      return refused == nullptr ? code : say_refusal(code, original, *refused, flags, out);
    }
    if (code != SQLITE_ERROR && (code != SQLITE_OK || !Table::is_any_with_expressions())) return code;
    Connection* connection = Connection::of(db);
    if (connection == nullptr) return code;
    const ConnectionLock lock(db);
    if (code != SQLITE_OK) return explain(original, *connection, text, code, flags, out);
    return tell_expressions(original, *connection, text, flags, out);
  } catch (const std::bad_alloc&) {
    sqlite3_finalize(*out);
    *out = nullptr;
    return SQLITE_NOMEM;
  }
}

int before_step(sqlite3_stmt* statement) {
  if (!KeptStatements::is_any_definition()) return SQLITE_OK;
  if (sqlite3_column_count(statement) > 0 && !KeptStatements::is_pragma(sqlite3_sql(statement)))
    return SQLITE_OK;
  try {
    sqlite3* const db = sqlite3_db_handle(statement);
    Connection* const connection = Connection::of(db);
    if (connection == nullptr) return SQLITE_OK;
    const ConnectionLock lock(db);
    const Status status = connection->part<KeptStatements>().renew_definition(statement);
    if (status) return SQLITE_OK;
    sqlite3_stmt* nothing = nullptr;
    return raise(sqlite3_prepare_v3, *connection, status, 0, &nothing);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

void after_step(sqlite3_stmt* statement) {
  if (!TableOrigins::are_any() || sqlite3_column_count(statement) > 0) return;
  try {
    sqlite3* const db = sqlite3_db_handle(statement);
    Connection* const connection = Connection::of(db);
    const char* const text = sqlite3_sql(statement);
    if (connection == nullptr || text == nullptr) return;
    const ConnectionLock lock(db);
    connection->part<Transaction>().origins().ran(text);
  } catch (const std::bad_alloc&) {
    return;  // the savepoint is not known: to go back to it, or beyond, forgets all that was noted
  }
}

int step_again(sqlite3_stmt* statement, int code, int steps) {
  constexpr int kLeastSteps = 4;  // steps behind the start of a transaction, where a new schema is noticed
  try {
    sqlite3* const db = sqlite3_db_handle(statement);
    Connection* const connection = Connection::of(db);
    if (connection == nullptr) return code;
    const ConnectionLock lock(db);
    const std::string message = sqlite3_errmsg(db);
    const std::optional<Result<bool>> renewed = connection->part<KeptStatements>().renew_failed(statement);
    if (!renewed) return code;
    if (*renewed && (**renewed || steps < kLeastSteps)) {
      sqlite3_reset(statement);
      return sqlite3_step(statement);
    }
    // Reading the schema has replaced the message.
    const Status status = *renewed ? Status::invalid(message) : renewed->status();
    sqlite3_stmt* nothing = nullptr;
    return raise(sqlite3_prepare_v3, *connection, status, 0, &nothing);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

}  // namespace spectradb::extension

using spectradb::extension::Connection;
using spectradb::extension::copy_with;  // the module copy that serves connections of another SQLite

namespace {

// Calls SQLite through the table of routines, never through the hook.
int sqlite_prepare(sqlite3* db, const char* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                   const char** tail) {
  return sqlite3_prepare_v3(db, sql, bytes, flags, out, tail);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int spectradb_prepare_v2(sqlite3* db, const char* zSql, int nByte,
                                                                sqlite3_stmt** ppStmt, const char** pzTail) {
  if (const auto* copy = copy_with(db); copy != nullptr)
    return copy->prepare_v2(db, zSql, nByte, ppStmt, pzTail);
  return spectradb::extension::prepare_temporal(sqlite_prepare, spectradb::extension::Way::kInterface, db,
                                                zSql, nByte, 0, ppStmt, pzTail);
}

__attribute__((visibility("default"))) int spectradb_prepare_v3(sqlite3* db, const char* zSql, int nByte,
                                                                unsigned int prepFlags, sqlite3_stmt** ppStmt,
                                                                const char** pzTail) {
  if (const auto* copy = copy_with(db); copy != nullptr)
    return copy->prepare_v3(db, zSql, nByte, prepFlags, ppStmt, pzTail);
  return spectradb::extension::prepare_temporal(sqlite_prepare, spectradb::extension::Way::kInterface, db,
                                                zSql, nByte, prepFlags, ppStmt, pzTail);
}

__attribute__((visibility("default"))) int spectradb_exec(sqlite3* db, const char* zSql,
                                                          int (*callback)(void*, int, char**, char**),
                                                          void* arg, char** pzErrMsg) {
  if (const auto* copy = copy_with(db); copy != nullptr) return copy->exec(db, zSql, callback, arg, pzErrMsg);
  return spectradb::extension::exec_script(spectradb_prepare_v2, db, zSql, callback, arg, pzErrMsg);
}

__attribute__((visibility("default"))) int spectradb_rewrite(sqlite3* db, const char* zSql, char** pzOut,
                                                             char** pzErrMsg) {
  if (const auto* copy = copy_with(db); copy != nullptr) return copy->rewrite(db, zSql, pzOut, pzErrMsg);
  if (pzErrMsg != nullptr) *pzErrMsg = nullptr;
  if (pzOut == nullptr) return SQLITE_MISUSE;
  *pzOut = nullptr;
  Connection* connection = Connection::of(db);
  if (connection == nullptr || zSql == nullptr) {
    if (pzErrMsg != nullptr)
      *pzErrMsg = sqlite3_mprintf("the spectradb extension is not loaded on this connection");
    return SQLITE_MISUSE;
  }
  char* message = nullptr;
  const int code = spectradb::extension::guarded(&message, [&]() -> spectradb::Status {
    spectradb::extension::SqlCatalog catalog(*connection);
    spectradb::Result<std::string> text = spectradb::sql::rewrite_script(zSql, catalog);
    if (!catalog.failure()) return catalog.failure();
    if (!text) return text.status();
    *pzOut = sqlite3_mprintf("%s", text->c_str());
    return spectradb::Status::ok();
  });
  if (pzErrMsg != nullptr) {
    *pzErrMsg = message;
  } else {
    sqlite3_free(message);
  }
  return code;
}

}  // extern "C"

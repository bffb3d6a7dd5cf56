#include "extension/front/plain_sql.h"

#include <utility>

#include "extension/access/gate.h"
#include "extension/facet/facet.h"
#include "extension/front/hints.h"
#include "extension/front/kept_statements.h"
#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "sql/rewriter.h"
#include "sql/statements/foreign_forms.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

// Fails with SQLite's message if the statement is another system's and it is known what to write instead.
Status refuse_foreign(Connection& connection, const std::string& statement) {
  sqlite3* const db = connection.handle();
  const AuthorScope ours(Author::kUsToCompile);
  const KeptStatements::Preparing preparing(connection.part<KeptStatements>());
  sqlite3_stmt* prepared = nullptr;
  const int code =
      sqlite3_prepare_v3(db, statement.c_str(), static_cast<int>(statement.size()), 0, &prepared, nullptr);
  const std::string message = code == SQLITE_ERROR ? sqlite3_errmsg(db) : "";
  sqlite3_finalize(prepared);
  if (code == SQLITE_NOMEM) return status_of_sqlite(db, code);
  const std::string explanation = message.empty() ? message : explained(connection, statement, message);
  return explanation.empty() || explanation == message ? Status::ok() : Status::invalid(explanation);
}

// Only the first statement is tried, since it may make what the next ones read. And only statements that do
// nothing while they are prepared are tried: some, as PRAGMA, act then.
Status check_foreign(Connection& connection, const std::string& sql) {
  static constexpr std::string_view kPrepared[] = {"SELECT", "WITH",   "VALUES", "INSERT", "REPLACE",
                                                   "UPDATE", "DELETE", "CREATE", "ALTER"};
  sql::Statement first = sql::first_statement(sql);
  const sql::Reader reader(sql, std::move(first.tokens));
  if (!reader.is_any_word(0, kPrepared)) return Status::ok();
  return refuse_foreign(connection, sql.substr(0, first.consumed));
}

// A kept statement can follow a later schema only if it is known what was asked for.
void offer(Connection& connection, std::string_view text, const std::string& sql) {
  constexpr size_t kMostBytes = size_t{1} << 16;
  if (sql.size() > kMostBytes || sql == text || sql::first_statement(sql).consumed != sql.size()) return;
  connection.part<KeptStatements>().offer(sql, text);
}

}  // namespace

Result<std::string> plain_sql(Connection& connection, std::string_view text) {
  std::string sql;
  const sql::ScriptLook look = sql::look_at_script(text, statement_forms());
  if (look.may_be_temporal || Table::is_any_with_expressions()) {
    SqlCatalog catalog(connection);
    Result<std::string> rewritten = sql::rewrite_script(text, catalog);
    if (!catalog.failure()) return catalog.failure();
    if (!rewritten) return rewritten.status();
    sql = std::move(*rewritten);
    offer(connection, text, sql);
  } else {
    sql = text.substr(0, text.find('\0'));  // SQLite reads no further
  }
  if (look.may_be_foreign) SPECTRADB_RETURN_IF_ERROR(check_foreign(connection, sql));
  SPECTRADB_RETURN_IF_ERROR(ask_for_script(connection.handle(), sql));
  return sql;
}

Status sql_function(const FunctionCall& call) {
  const temporal::Value text = from_sqlite(call.arguments[0]);
  if (text.is_null()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const std::string sql, plain_sql(call.connection, text.bytes));
  sqlite3_result_text64(call.context, sql.data(), sql.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension

// A prepared statement of our own on the user's connection, kept for reuse. One thread at a time, as for the
// connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/host/author.h"
#include "temporal/value.h"

namespace spectradb::extension {

// "name" with its quotes doubled, for use in SQL text.
std::string quoted(std::string_view name);

class Query {
 public:
  explicit Query(sqlite3* db, std::string sql, Author author = Author::kUs);
  ~Query() { sqlite3_finalize(statement_); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Status prepare();                       // the first bind or step does it, too
  Status prepare_anew();                  // prepares again, so that SQLite need not after a schema change
  Query& bind(int index, int64_t value);  // 1-based
  Query& bind(int index, std::string_view text);
  Query& bind(int index, const temporal::Value& value);
  Query& bind_blob(int index, std::string_view bytes);
  Result<bool> step();  // true: a row; false: done (and reset)
  Status run();         // steps to the end, then resets
  void reset();

  int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const;
  std::string_view blob(int column) const;  // until the next step
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  sqlite3_stmt* statement() const { return statement_; }

 private:
  void note(int code);

  sqlite3* db_;
  std::string sql_;
  Author author_;
  sqlite3_stmt* statement_ = nullptr;
  Status failure_;
};

// Resets the query when it goes out of scope, so that no read lock outlives it.
class QueryScope {
 public:
  explicit QueryScope(Query& query) : query_(query) {}
  ~QueryScope() { query_.reset(); }
  QueryScope(const QueryScope&) = delete;
  QueryScope& operator=(const QueryScope&) = delete;

 private:
  Query& query_;
};

Status execute(sqlite3* db, const std::string& sql);  // one statement without result

}  // namespace spectradb::extension

#include "extension/session/lost_statements.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "extension/session/connection.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension {

namespace {

template <typename Visit>
void each_running(sqlite3* db, const Visit& visit) {
  for (sqlite3_stmt* one = sqlite3_next_stmt(db, nullptr); one != nullptr; one = sqlite3_next_stmt(db, one))
    if (sqlite3_stmt_busy(one) != 0) visit(one);
}

std::string_view text_of(sqlite3_stmt* statement) {
  const char* const sql = sqlite3_sql(statement);
  return sql == nullptr ? std::string_view() : sql;
}

// RETURNING is run by a statement of ours around the one that writes, and both end together.
constexpr std::string_view kAroundReturning = "INSERT INTO spectradb_returned(";

bool is_writing(sqlite3_stmt* running) {
  return sqlite3_stmt_readonly(running) == 0 &&
         text_of(running).find(kAroundReturning) == std::string_view::npos;
}

bool is_rollback(sqlite3_stmt* statement) {
  const std::string_view sql = text_of(statement);
  sql::Token first;
  return sql::Tokenizer(sql).next(&first) &&
         sql::equals_word(sql.substr(first.begin, first.end - first.begin), "rollback");
}

}  // namespace

// Another statement may stand in the memory of one that has ended.
LostStatements::Run LostStatements::run_of(sqlite3_stmt* statement) noexcept {
  return {statement, sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0),
          std::hash<std::string_view>()(text_of(statement))};
}

LostStatements::LostStatements(Connection& connection) : db_(connection.handle()) {}

void LostStatements::transaction_rolled_back() noexcept {
  add_writing();
  are_in_transaction_ = false;
}

// SQLite opens no savepoint while a statement writes: the user's are older than all that run.
void LostStatements::savepoint_rolled_back() noexcept {
  bool is_users = false;
  each_running(db_,
               [&](sqlite3_stmt* one) { is_users = is_users || (!is_writing(one) && is_rollback(one)); });
  if (!is_users) return;
  add_writing();
  are_in_transaction_ = true;
}

void LostStatements::add_writing() noexcept {
  size_t writing = 0;
  each_running(db_, [&](sqlite3_stmt* one) {
    if (!is_writing(one)) return;
    ++writing;
    const Run run = run_of(one);
    if (size_ < kMostNested && !has(run)) runs_[size_++] = run;
  });
  if (writing == 0) return;
  most_ = writing;
  ++count_;
}

void LostStatements::statement_begins() noexcept {
  if (size_ > 0) innermost_fails();
}

// Statements run inside one another: where no more are writing than are lost, the innermost is one of these.
bool LostStatements::has_innermost() noexcept {
  if (size_ == 0) return false;
  size_t alive = 0;
  size_t writing = 0;
  each_running(db_, [&](sqlite3_stmt* one) {
    if (!is_writing(one)) return;
    ++writing;
    if (has(run_of(one))) ++alive;
  });
  if (alive == 0) size_ = 0;
  return writing <= std::min(alive, most_);
}

const char* LostStatements::last_act() const {
  return are_in_transaction_ ? "gone back to a savepoint from before the statement" : "ended the transaction";
}

void LostStatements::innermost_fails() noexcept {
  size_t writing = 0;
  each_running(db_, [&](sqlite3_stmt* one) { writing += is_writing(one) ? 1 : 0; });
  most_ = std::min(most_, writing == 0 ? 0 : writing - 1);
  if (most_ == 0) size_ = 0;
}

bool LostStatements::has(const Run& run) const noexcept {
  const auto end = runs_.begin() + static_cast<std::ptrdiff_t>(size_);
  return std::find(runs_.begin(), end, run) != end;
}

}  // namespace spectradb::extension

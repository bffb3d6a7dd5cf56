// What a violated constraint does to the row, the statement and the transaction: the statement's OR action
// or, without one, the definition's action of the constraint.
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/table/table.h"
#include "extension/write/conflict_clause.h"
#include "extension/write/writer.h"
#include "sql/shape/conflict_words.h"

namespace spectradb::extension {

namespace {

ConflictAction action_of(int sqlite_code) {
  switch (sqlite_code) {
    case SQLITE_ROLLBACK:
      return ConflictAction::kRollback;
    case SQLITE_FAIL:
      return ConflictAction::kFail;
    case SQLITE_IGNORE:
      return ConflictAction::kIgnore;
    case SQLITE_REPLACE:
      return ConflictAction::kReplace;
    default:
      return ConflictAction::kAbort;
  }
}

}  // namespace

// SQLite does not tell OR ABORT from no action, nor the rewriter's action from the user's; the rewriter marks
// it at the end of _upsert. A statement that was not rewritten and seems to have OR ABORT may have none.
void Writer::read_conflict_actions(int argument_count, sqlite3_value** arguments) {
  said_ = action_of(sqlite3_vtab_on_conflict(table_.connection().handle()));
  asks_definition_ = false;
  if (argument_count == 1 || table_.definition().conflict_actions.are_usual()) return;
  constexpr int kFirstColumn = 2;
  sqlite3_value* given = arguments[kFirstColumn + table_.visible_columns() + kUpsert];
  const std::string_view text =
      sqlite3_value_type(given) == SQLITE_TEXT ? from_sqlite(given).bytes : std::string_view();
  if (text.ends_with(sql::kSaidByUser)) return;
  asks_definition_ = said_ == ConflictAction::kAbort || text.ends_with(sql::kSaidByDefinition);
}

ConflictAction Writer::on_null(size_t column) const {
  if (!asks_definition_) return said_;
  return table_.definition().conflict_actions.not_null[column];
}

ConflictAction Writer::on_taken_key() const {
  return asks_definition_ ? table_.definition().conflict_actions.key : said_;
}

// An index of CREATE UNIQUE INDEX has no action of its own.
ConflictAction Writer::on_taken(const temporal::IndexSchema& index) const {
  if (!asks_definition_) return said_;
  for (const UniqueConstraint& constraint : table_.definition().unique_constraints)
    if (constraint.name == index.name) return constraint.on_conflict;
  return ConflictAction::kAbort;
}

bool Writer::may_replace() const {
  if (on_taken_key() == ConflictAction::kReplace) return true;
  for (const temporal::IndexSchema& index : table_.indexes())
    if (index.is_unique && on_taken(index) == ConflictAction::kReplace) return true;
  return false;
}

// Returns the code for SQLite, which applies OR IGNORE, OR FAIL and OR ROLLBACK to constraint codes; sets the
// message.
int Writer::code_of(const Outcome& outcome) {
  const bool is_constraint =
      outcome.status.code() == Code::kConstraint && outcome.constraint_code != SQLITE_MISMATCH;
  const ConflictAction action = asks_definition_ ? outcome.action : said_;
  // An ignored failure must not show later as the error of the statement.
  if (is_constraint && action == ConflictAction::kIgnore && !outcome.is_final)
    return said_ == ConflictAction::kIgnore ? SQLITE_CONSTRAINT : SQLITE_OK;
  const int code = report(&table_, outcome.status);
  if (outcome.constraint_code == SQLITE_TOOBIG) return SQLITE_TOOBIG;
  if (code != SQLITE_CONSTRAINT) return code;
  const bool is_carried_out = said_ != ConflictAction::kAbort && said_ != ConflictAction::kReplace;
  if (!is_constraint || !is_carried_out) return outcome.constraint_code;
  // Violations of foreign keys, and of constraints without an action beside ones that have it, fail as under
  // ABORT; SQLite grants that to a constraint code only without another OR action.
  return outcome.is_final || action != said_ ? SQLITE_ERROR : SQLITE_CONSTRAINT;
}

}  // namespace spectradb::extension

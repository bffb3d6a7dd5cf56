// The checks before a row is written: the constraints of its columns, and those that involve other rows.
#include <utility>

#include "extension/host/values.h"
#include "extension/schema/checked_columns.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/writer.h"
#include "temporal/json.h"

namespace spectradb::extension {

using temporal::Operation;
using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

namespace {

constexpr uint64_t kMostStoredBytes = 1u << 31;  // the store counts a row's bytes in 32 bits

// A row may be as long as SQLite, and the host, let one of an ordinary table be, which has a byte and more
// for each column before its values. VIRTUAL columns and those of indexes are no part of that.
bool is_too_big(sqlite3* db, const TableSchema& schema, const std::vector<Value>& row) {
  uint64_t given_bytes = 1 + row.size();
  uint64_t stored_bytes = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    stored_bytes += row[i].bytes.size();
    if (!schema.columns[i].is_virtual && !schema.columns[i].is_hidden) given_bytes += row[i].bytes.size();
  }
  return given_bytes > static_cast<uint64_t>(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1)) ||
         stored_bytes > kMostStoredBytes;
}

}  // namespace

// Checks in the order of the columns, as SQLite does; generated ones once they have been computed.
Writer::Outcome Writer::check_not_null(bool are_generated) const {
  const TableSchema& schema = table_.schema();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const temporal::Column& column = schema.columns[i];
    if (!row_[i].is_null() || column.is_generated != are_generated) continue;
    if (is_required(i)) {
      return {Status::constraint("NOT NULL constraint failed: " + schema.name + "." + column.name),
              SQLITE_CONSTRAINT_NOTNULL, false, on_null(i)};
    }
  }
  return {};
}

Writer::Outcome Writer::check_documents() const {
  const TableSchema& schema = table_.schema();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const temporal::Column& column = schema.columns[i];
    if (!column.is_json || row_[i].is_null()) continue;
    const std::string name = schema.name + "." + column.name;
    if (row_[i].type != Value::Type::kText)
      return {Status::invalid(name + " takes JSON text, not " + spelled(row_[i]))};
    if (Status status = temporal::check_json(row_[i].bytes); !status) {
      return {Status::invalid("invalid JSON in " + name + ": " + status.message())};
    }
  }
  return {};
}

// NOT NULL, JSON, CHECK, generated columns and the types that facets add.
Writer::Outcome Writer::check_row() {
  const TableSchema& schema = table_.schema();
  if (Outcome outcome = check_not_null(false); !outcome.status) return outcome;
  if (Outcome outcome = check_documents(); !outcome.status) return outcome;
  if (table_.definition().needs_judge) {
    if (Status status = ensure_judge(); !status) return {status};
    if (Status status = judge_->judge(row_); !status) {
      if (Status lost = check_transaction(); !lost) return {lost};
      const bool is_check = status.message().rfind("CHECK", 0) == 0;
      return {status, is_check ? SQLITE_CONSTRAINT_CHECK : SQLITE_CONSTRAINT_NOTNULL};
    }
    if (Status status = check_transaction(); !status) return {status};
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (schema.columns[i].is_generated)
        row_[i] = temporal::apply_affinity(row_[i], schema.columns[i].affinity, scratch_[i]);
    }
    if (Outcome outcome = check_not_null(true); !outcome.status) return outcome;
  }
  if (Status status = check_types(table_.definition(), row_); !status) return {status};
  if (is_too_big(table_.connection().handle(), schema, row_))
    return {Status::invalid("string or blob too big"), SQLITE_TOOBIG};
  return {};
}

std::string Writer::key_names() const {
  const TableSchema& schema = table_.schema();
  if (schema.key_columns.empty()) return schema.name + ".rowid";
  std::string names;
  for (int column : schema.key_columns) {
    names +=
        (names.empty() ? "" : ", ") + schema.name + "." + schema.columns[static_cast<size_t>(column)].name;
  }
  return names;
}

// REPLACE appends on every table, and IGNORE skips on every table; otherwise the table's option decides. A
// reading of a series cuts the piece that it falls into, and conflicts only with one at the same instant.
bool Writer::may_append() const {
  const ConflictAction action = on_taken_key();
  if (action == ConflictAction::kReplace) return true;
  const bool ignores = action == ConflictAction::kIgnore;
  if (is_series_) return !ignores || !replaces_reading_;
  return !ignores && table_.schema().on_insert == temporal::OnInsert::kAppend;
}

Writer::Outcome Writer::check_free(const std::string& key, const Period& period) {
  if (table_.schema().has_integer_key && table_.indexes().empty()) {
    Result<bool> is_free = integer_keys_.is_beyond_all(integer_key_);
    if (!is_free) return {is_free.status()};
    if (*is_free) return {};
  }
  Result<temporal::RowCursor*> rows = latest_.in(period);
  if (!rows) return {rows.status()};
  (*rows)->seek_point(key);
  if (!(*rows)->status()) return {(*rows)->status()};
  if (!(*rows)->valid()) return {};
  return {Status::constraint("UNIQUE constraint failed: " + key_names()), SQLITE_CONSTRAINT_PRIMARYKEY, false,
          on_taken_key()};
}

// Checks a UNIQUE index. REPLACE deletes rows that are in the way, as far as they overlap.
Writer::Outcome Writer::check_unique(const temporal::IndexSchema& index, std::string_view own_key,
                                     const Period& period) {
  Result<std::vector<IndexWriter::Conflict>> conflicts = indexes_.conflicts(index, own_key, period, row_);
  if (!conflicts) return {conflicts.status()};
  if (conflicts->empty()) return {};
  if (const ConflictAction action = on_taken(index); action != ConflictAction::kReplace)
    return {Status::constraint(unique_failure(table_.schema(), index)), SQLITE_CONSTRAINT_UNIQUE, false,
            action};
  ReferenceRecorder& recorder = table_.database().foreign_keys().recorder();
  for (const IndexWriter::Conflict& conflict : *conflicts) {
    if (Status status = cuts_.note_displaced(conflict.user_key, conflict.piece); !status) return {status};
    const size_t first = recorder.touched();
    if (Status status = append(conflict.user_key, conflict.piece, Operation::kDelete); !status)
      return {status};
    recorder.note_displaced(first);
  }
  return follow_displaced();
}

// Rows that refer to the displaced ones may be of this table, too.
Writer::Outcome Writer::follow_displaced() {
  const ForeignKeyActions::Outcome followed = cuts_.follow_displaced();
  integer_keys_.forget();
  return {followed.status, followed.constraint_code, true};
}

// How many of the table's indexes SQLite checks before the key: an integer key comes first, then indexes from
// the newest to the oldest, among them those of UNIQUE constraints and of the PRIMARY KEY.
size_t Writer::indexes_before_key() const {
  if (table_.schema().has_integer_key) return 0;
  const std::vector<UniqueConstraint>& constraints = table_.definition().unique_constraints;
  size_t before_key = table_.indexes().size();
  for (auto i = constraints.rbegin(); i != constraints.rend() && !i->is_primary; ++i) --before_key;
  return before_key;
}

// Checks keys and UNIQUE constraints in SQLite's order, so that the failure is the one that SQLite names.
Writer::Outcome Writer::check_constraints(const std::string& key, const Period& period, bool is_key_kept) {
  const bool may_meet_own_key = is_key_kept || may_append();
  const std::string_view own_key = may_meet_own_key ? std::string_view(key) : std::string_view();
  const size_t before_key = indexes_before_key();
  for (size_t i = 0; i <= table_.indexes().size(); ++i) {
    if (i == before_key && !may_meet_own_key) {
      if (Outcome outcome = check_free(key, period); !outcome.status) return outcome;
    }
    if (i == table_.indexes().size() || !table_.indexes()[i].is_unique) continue;
    if (Outcome outcome = check_unique(table_.indexes()[i], own_key, period); !outcome.status) return outcome;
  }
  return {};
}

}  // namespace spectradb::extension

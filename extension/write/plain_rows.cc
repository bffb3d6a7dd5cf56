// Rows of COPY, which the writer takes without a statement of SQLite's for each.
#include <functional>

#include "base/assert.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/writer.h"

namespace spectradb::extension {

using temporal::Value;

// find_table() shows tables to the rewriter, which must not change them; they themselves are not constant.
Writer* Writer::of(Connection& connection, const std::string& schema, const std::string& table) {
  const Table* const found = connection.find_table(schema, table);
  return found == nullptr ? nullptr : &const_cast<Table*>(found)->writer();
}

// What a row's foreign keys do to other tables, only SQLite takes back with the statement.
bool Writer::takes_plain_rows() {
  const Definition& definition = table_.definition();
  ForeignKeys& foreign_keys = table_.database().foreign_keys();
  const Result<std::shared_ptr<const ForeignKeyLinks>> acting = foreign_keys.acting_on(table_.schema().id);
  return acting && *acting == nullptr && !definition.needs_judge && definition.foreign_keys.empty() &&
         definition.conflict_actions.are_usual() &&
         definition.schema.valid_default != temporal::ValidDefault::kNow &&
         definition.schema.on_insert == temporal::OnInsert::kUnique &&
         foreign_keys.present_of(table_) == nullptr;
}

Result<bool> Writer::insert_plain(const std::vector<Value>& values, ConflictAction said) {
  SPECTRADB_ASSERT(values.size() == row_.size());
  if (is_writing_) {
    Writer inner(table_);
    return inner.insert_plain(values, said);
  }
  said_ = said;
  asks_definition_ = false;
  is_series_ = false;
  replaces_reading_ = false;
  is_counted_ = false;
  const auto write = [&]() -> Outcome {
    for (size_t i = 0; i < values.size(); ++i) {
      Value value = values[i];
      if (value.is_null() && wants_default(i, true)) {
        Result<Value> computed = compute_default(i);
        if (!computed) return {computed.status()};
        value = *computed;
      }
      row_[i] = temporal::apply_affinity(value, table_.schema().columns[i].affinity, scratch_[i]);
    }
    if (Outcome assigned = assign_key(Value::null()); !assigned.status) return assigned;
    if (Outcome checked = check_and_encode(); !checked.status) return checked;
    return put_row({});
  };
  const Outcome outcome = write_whole(std::cref(write));
  const bool is_constraint =
      outcome.status.code() == Code::kConstraint && outcome.constraint_code != SQLITE_MISMATCH;
  if (is_constraint && said == ConflictAction::kIgnore && !outcome.is_final) return false;
  // SQLite knows no other kind for what does not fit an integer key than that of an error.
  if (outcome.constraint_code == SQLITE_MISMATCH && !outcome.status)
    return Status::invalid(outcome.status.message());
  if (!outcome.status) return outcome.status;
  if (table_.schema().has_integer_key)
    sqlite3_set_last_insert_rowid(table_.connection().handle(), integer_key_);
  return true;
}

}  // namespace spectradb::extension

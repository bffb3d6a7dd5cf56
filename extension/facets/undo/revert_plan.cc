#include "extension/facets/undo/revert_plan.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/assert.h"
#include "extension/functions/facts_in_order.h"
#include "extension/host/values.h"
#include "extension/times/horizon.h"
#include "extension/times/valid_forms.h"
#include "temporal/row_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension::undo {

using temporal::DifferingPiece;
using temporal::Period;
using temporal::Value;

namespace {

constexpr size_t kListed = 8;  // pieces that a message lists

std::string bound_text(const temporal::Bound& bound, temporal::ValidForm form) {
  if (bound.us == temporal::kBeginningOfTime) return "-infinity";
  if (bound.us == temporal::kEndOfTime) return "infinity";
  const temporal::Bound shown = in_form(bound, form);
  return shown.as_text ? temporal::format_instant(shown.us) : std::to_string(shown.us);
}

Result<std::string> key_text(const TemporalTable& table, std::string_view user_key) {
  if (table.hides_key()) return std::string("a key that may not be read");
  temporal::RowReader row(table.schema);
  row.bind(user_key, {});
  std::string text;
  if (table.schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row.hidden_key());
    return std::to_string(number);
  }
  if (table.schema.key_columns.size() > 1) {
    SPECTRADB_RETURN_IF_ERROR(temporal::append_key_json(text, table.schema, row, table.hidden));
    return text;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const Value key, row.column(table.schema.key_columns[0]));
  return spelled(key);
}

}  // namespace

Status RevertPlan::read(uint64_t commit) {
  pieces_.clear();
  changed_since_.clear();
  changed_count_ = 0;
  SPECTRADB_ASSERT(!tables_.empty());
  SPECTRADB_RETURN_IF_ERROR(reader_.open(tables_[0].database));
  if (commit == 0 || commit > reader_.snapshot()) {
    return Status::invalid("there is no commit " + std::to_string(commit) + ": the last one is " +
                           std::to_string(reader_.snapshot()));
  }
  for (const TemporalTable& table : tables_) SPECTRADB_RETURN_IF_ERROR(check_horizon(table, commit - 1));
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  before_ = reader_.rows(commit - 1, times);
  after_ = reader_.rows(commit, times);
  now_ = reader_.rows(reader_.last_commit(), times);
  again_ = reader_.versions(0, UINT64_MAX);
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<ChangedKey> keys, changed_keys(commit));
  for (const ChangedKey& key : keys) {
    SPECTRADB_RETURN_IF_ERROR(read_key(key));
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
  }
  if (changed_count_ > kListed)
    changed_since_ += " and " + std::to_string(changed_count_ - kListed) + " more";
  return Status::ok();
}

// Returns each key once, those that were written last first.
Result<std::vector<RevertPlan::ChangedKey>> RevertPlan::changed_keys(uint64_t commit) {
  std::vector<uint32_t> ids;
  for (const TemporalTable& table : tables_) ids.push_back(table.schema.id);
  FactsInOrder facts;
  facts.open(reader_, std::move(ids), commit, commit);
  std::vector<ChangedKey> told;
  SPECTRADB_RETURN_IF_ERROR(facts.next());
  while (!facts.at_end()) {
    told.push_back({facts.table(), std::string(facts.user_key())});
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    SPECTRADB_RETURN_IF_ERROR(facts.next());
  }
  std::vector<ChangedKey> keys;
  std::unordered_set<std::string> known;  // keys of all tables; each begins with its table's id
  for (auto fact = told.rbegin(); fact != told.rend(); ++fact) {
    if (known.insert(fact->user_key).second) keys.push_back(std::move(*fact));
  }
  return keys;
}

// Within what the commit changed, writes the differences between now and before the commit. A piece that
// now also differs from what the commit made has changed since.
Status RevertPlan::read_key(const ChangedKey& key) {
  temporal::RowsOfKey before;
  temporal::RowsOfKey after;
  temporal::RowsOfKey now;
  SPECTRADB_RETURN_IF_ERROR(before.read(*before_, key.user_key));
  SPECTRADB_RETURN_IF_ERROR(after.read(*after_, key.user_key));
  SPECTRADB_RETURN_IF_ERROR(now.read(*now_, key.user_key));
  temporal::Difference difference(tables_[key.table].schema);
  std::vector<DifferingPiece> undone;
  std::vector<DifferingPiece> differing;
  std::vector<DifferingPiece> changed;
  SPECTRADB_RETURN_IF_ERROR(difference.find(key.user_key, before, after, *again_, undone));
  SPECTRADB_RETURN_IF_ERROR(difference.find(key.user_key, before, now, *again_, differing));
  SPECTRADB_RETURN_IF_ERROR(difference.find(key.user_key, after, now, *again_, changed));
  for (const DifferingPiece& piece : undone)
    SPECTRADB_RETURN_IF_ERROR(add_pieces(key, before, piece, differing, changed));
  return Status::ok();
}

Status RevertPlan::add_pieces(const ChangedKey& key, const temporal::RowsOfKey& before,
                              const DifferingPiece& undone, const std::vector<DifferingPiece>& differing,
                              const std::vector<DifferingPiece>& changed) {
  for (const DifferingPiece& piece : differing) {
    const Period valid = temporal::intersect(piece.valid, undone.valid);
    if (valid.is_empty()) continue;
    RevertedPiece reverted;
    reverted.table = key.table;
    reverted.write = piece.before == nullptr  ? RevertedPiece::Write::kDelete
                     : piece.after != nullptr ? RevertedPiece::Write::kUpdate
                                              : RevertedPiece::Write::kInsert;
    reverted.valid = valid;
    reverted.user_key = key.user_key;
    if (piece.before != nullptr) {
      SPECTRADB_ASSIGN_OR_RETURN(reverted.payload, before.payload(*piece.before, *again_));
    }
    pieces_.push_back(std::move(reverted));
    for (const DifferingPiece& later : changed) {
      const Period lost = temporal::intersect(later.valid, valid);
      if (!lost.is_empty()) SPECTRADB_RETURN_IF_ERROR(list_changed(key, lost));
    }
  }
  return Status::ok();
}

Status RevertPlan::list_changed(const ChangedKey& key, const Period& valid) {
  if (++changed_count_ > kListed) return Status::ok();
  const TemporalTable& table = tables_[key.table];
  SPECTRADB_ASSIGN_OR_RETURN(const std::string name, key_text(table, key.user_key));
  changed_since_ += (changed_since_.empty() ? "" : ", ") + table.schema.name + " " + name;
  if (valid != Period{}) {
    changed_since_ += " from " + bound_text(valid.from, table.schema.valid_form) + " to " +
                      bound_text(valid.to, table.schema.valid_form);
  }
  return Status::ok();
}

}  // namespace spectradb::extension::undo

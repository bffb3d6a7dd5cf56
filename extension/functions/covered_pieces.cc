#include "extension/functions/covered_pieces.h"

#include <algorithm>
#include <utility>

#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/times/valid_forms.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

using temporal::Period;

// Walks from newer to older facts: each takes its part of what is left of the period.
Status CoveredPieces::find(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit,
                           uint32_t ordinal, const Period& valid) {
  pieces_.clear();
  user_key_ = user_key;
  versions.seek_key(user_key);
  if (!versions.valid() || versions.user_key() != user_key) return versions.status();
  SPECTRADB_RETURN_IF_ERROR(history_.read(versions, temporal::FactHistory::Large::kLeaveOut));
  std::vector<Period> open{valid};
  const std::vector<temporal::ToldFact>& facts = history_.facts();
  for (auto fact = facts.rbegin(); fact != facts.rend() && !open.empty(); ++fact) {
    if (fact->commit > commit || (fact->commit == commit && fact->ordinal >= ordinal)) continue;
    std::vector<Period> left;
    for (const Period& period : open) {
      const Period covered = temporal::intersect(period, fact->valid);
      if (covered.is_empty()) {
        left.push_back(period);
        continue;
      }
      if (period.from.us < covered.from.us) left.push_back({period.from, covered.from});
      if (covered.to.us < period.to.us) left.push_back({covered.to, period.to});
      if (fact->change != temporal::Change::kDelete)
        pieces_.push_back({covered, static_cast<size_t>(facts.rend() - fact) - 1});
    }
    open = std::move(left);
  }
  std::sort(pieces_.begin(), pieces_.end(),
            [](const Piece& a, const Piece& b) { return a.valid.from.us < b.valid.from.us; });
  return Status::ok();
}

Status CoveredPieces::give_first(sqlite3_context* context, lsm::VersionCursor& versions) {
  if (pieces_.empty()) return Status::ok();
  sqlite3_result_null(context);  // frees the last row's text before this one is read
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload,
                             history_.payload_of(history_.facts()[pieces_[0].fact], versions));
  return cells_.give_row(context, user_key_, payload);
}

void CoveredPieces::append_bound(std::string& text, const temporal::Bound& bound) {
  const temporal::Bound shown = in_form(bound, table_.schema.valid_form);
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) {
    text += "null";
  } else if (shown.as_text) {
    text += '"' + temporal::format_instant(shown.us) + '"';
  } else {
    text += std::to_string(shown.us);
  }
}

Status CoveredPieces::append_pieces(std::string& text, lsm::VersionCursor& versions) {
  temporal::RowReader row(table_.schema);
  const char* separator = "[";
  for (const Piece& piece : pieces_) {
    text += std::exchange(separator, ",");
    text += "{\"_valid_from\":";
    append_bound(text, piece.valid.from);
    text += ",\"_valid_to\":";
    append_bound(text, piece.valid.to);
    text += ",\"row\":";
    SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload,
                               history_.payload_of(history_.facts()[piece.fact], versions));
    row.bind(user_key_, payload);
    SPECTRADB_RETURN_IF_ERROR(temporal::append_row_json(text, table_.schema, row, table_.hidden));
    text += '}';
  }
  text += pieces_.empty() ? "[]" : "]";
  return Status::ok();
}

Status CoveredPieces::give_all(sqlite3_context* context, lsm::VersionCursor& versions) {
  sqlite3_result_null(context);  // frees the last row's text before there is another one
  SharedBytes made;
  SPECTRADB_RETURN_IF_ERROR(
      SharedBytes::made_by(0, made, [&](std::string& text) { return append_pieces(text, versions); }));
  made.give_text(context);
  return Status::ok();
}

}  // namespace spectradb::extension

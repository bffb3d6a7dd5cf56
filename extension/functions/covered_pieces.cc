#include "extension/functions/covered_pieces.h"

#include <algorithm>

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
  SPECTRADB_RETURN_IF_ERROR(history_.read(versions));
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
      if (fact->change != temporal::Change::kDelete) pieces_.push_back({covered, fact->payload});
    }
    open = std::move(left);
  }
  std::sort(pieces_.begin(), pieces_.end(),
            [](const Piece& a, const Piece& b) { return a.valid.from.us < b.valid.from.us; });
  return Status::ok();
}

Status CoveredPieces::give_first(sqlite3_context* context) {
  return pieces_.empty() ? Status::ok() : cells_.give_row(context, user_key_, pieces_[0].payload);
}

void CoveredPieces::append_bound(const temporal::Bound& bound) {
  const temporal::Bound shown = in_form(bound, table_.schema.valid_form);
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) {
    text_ += "null";
  } else if (shown.as_text) {
    text_ += '"' + temporal::format_instant(shown.us) + '"';
  } else {
    text_ += std::to_string(shown.us);
  }
}

Status CoveredPieces::give_all(sqlite3_context* context) {
  text_ = "[";
  temporal::RowReader row(table_.schema);
  for (const Piece& piece : pieces_) {
    text_ += text_.size() > 1 ? ",{\"_valid_from\":" : "{\"_valid_from\":";
    append_bound(piece.valid.from);
    text_ += ",\"_valid_to\":";
    append_bound(piece.valid.to);
    text_ += ",\"row\":";
    row.bind(user_key_, piece.payload);
    SPECTRADB_RETURN_IF_ERROR(temporal::append_row_json(text_, table_.schema, row, table_.hidden));
    text_ += '}';
  }
  text_ += ']';
  sqlite3_result_text64(context, text_.data(), text_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

}  // namespace spectradb::extension

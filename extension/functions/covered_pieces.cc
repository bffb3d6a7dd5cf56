#include "extension/functions/covered_pieces.h"

#include <algorithm>
#include <utility>

#include "extension/host/shared_bytes.h"
#include "extension/host/values.h"
#include "extension/times/valid_forms.h"
#include "temporal/fact.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

using temporal::Period;

namespace {

constexpr size_t kLargePayloadBytes = 1u << 20;

}  // namespace

// Walks from newer to older facts: each takes its part of what is left of the period.
Status CoveredPieces::find(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit,
                           uint32_t ordinal, const Period& valid) {
  pieces_.clear();
  payloads_.clear();
  first_row_.clear();
  user_key_ = user_key;
  open_.assign(1, valid);
  for (versions.seek_key_until(user_key, commit); versions.valid() && !open_.empty(); versions.next()) {
    const bool is_older =
        versions.commit() < commit || (versions.commit() == commit && versions.ordinal() < ordinal);
    if (!is_older) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Fact fact, temporal::decode_fact(versions.value()));
    const size_t before = pieces_.size();
    left_.clear();
    for (const Period& period : open_) {
      const Period covered = temporal::intersect(period, fact.valid);
      if (covered.is_empty()) {
        left_.push_back(period);
        continue;
      }
      if (period.from.us < covered.from.us) left_.push_back({period.from, covered.from});
      if (covered.to.us < period.to.us) left_.push_back({covered.to, period.to});
      if (fact.operation == temporal::Operation::kPut) {
        pieces_.push_back({covered, versions.commit(), versions.ordinal(),
                           fact.payload.size() >= kLargePayloadBytes, payloads_.size(), fact.payload.size()});
      }
    }
    if (pieces_.size() > before && !pieces_.back().is_left_out) payloads_.append(fact.payload);
    open_.swap(left_);
  }
  std::sort(pieces_.begin(), pieces_.end(),
            [](const Piece& a, const Piece& b) { return a.valid.from.us < b.valid.from.us; });
  return versions.status();
}

Result<std::string_view> CoveredPieces::payload_of(const Piece& piece, lsm::VersionCursor& versions) const {
  if (!piece.is_left_out) return std::string_view(payloads_).substr(piece.payload_offset, piece.payload_size);
  if (!versions.find_version(user_key_, piece.commit, piece.ordinal)) {
    SPECTRADB_RETURN_IF_ERROR(versions.status());
    return Status::corrupt("a version that was there is not found again");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Fact fact, temporal::decode_fact(versions.value()));
  return fact.payload;
}

bool CoveredPieces::is_small(const Piece& piece) const {
  return !piece.is_left_out && piece.payload_size < kSharedBytes;
}

Result<std::string_view> CoveredPieces::first_row() {
  if (first_row_.empty()) {
    const Piece& piece = pieces_[0];
    const std::string_view payload =
        std::string_view(payloads_).substr(piece.payload_offset, piece.payload_size);
    SPECTRADB_ASSIGN_OR_RETURN(const std::string_view text, json_.write(user_key_, payload));
    first_row_ = text;
  }
  return std::string_view(first_row_);
}

Status CoveredPieces::give_first(sqlite3_context* context, lsm::VersionCursor& versions) {
  if (pieces_.empty()) return Status::ok();
  if (is_small(pieces_[0])) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string_view text, first_row());
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }
  sqlite3_result_null(context);  // frees the last row's text before this one is read
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload, payload_of(pieces_[0], versions));
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

Status CoveredPieces::append_row(std::string& text, const Piece& piece, lsm::VersionCursor& versions) {
  if (&piece == pieces_.data() && is_small(piece)) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string_view row, first_row());
    text += row;
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload, payload_of(piece, versions));
  row_.bind(user_key_, payload);
  return temporal::append_row_json(text, table_.schema, row_, table_.hidden);
}

Status CoveredPieces::append_pieces(std::string& text, lsm::VersionCursor& versions) {
  const char* separator = "[";
  for (const Piece& piece : pieces_) {
    text += std::exchange(separator, ",");
    if (piece.valid == Period()) {  // of most tables each is
      text += R"({"_valid_from":null,"_valid_to":null,"row":)";
    } else {
      text += R"({"_valid_from":)";
      append_bound(text, piece.valid.from);
      text += R"(,"_valid_to":)";
      append_bound(text, piece.valid.to);
      text += R"(,"row":)";
    }
    SPECTRADB_RETURN_IF_ERROR(append_row(text, piece, versions));
    text += '}';
  }
  text += pieces_.empty() ? "[]" : "]";
  return Status::ok();
}

Status CoveredPieces::give_all(sqlite3_context* context, lsm::VersionCursor& versions) {
  const bool is_small =
      payloads_.size() < kSharedBytes &&
      std::none_of(pieces_.begin(), pieces_.end(), [](const Piece& piece) { return piece.is_left_out; });
  if (is_small) {
    text_.clear();
    SPECTRADB_RETURN_IF_ERROR(append_pieces(text_, versions));
    sqlite3_result_text64(context, text_.data(), text_.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }
  sqlite3_result_null(context);  // frees the last row's text before there is another one
  SharedBytes made;
  SPECTRADB_RETURN_IF_ERROR(
      SharedBytes::made_by(0, made, [&](std::string& text) { return append_pieces(text, versions); }));
  made.give_text(context);
  return Status::ok();
}

}  // namespace spectradb::extension

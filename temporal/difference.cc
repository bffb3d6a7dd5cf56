#include "temporal/difference.h"

#include <bit>

namespace spectradb::temporal {
namespace {

// Compares bit for bit: 1 and 1.0 differ.
bool is_identical(const Value& a, const Value& b) {
  return a.type == b.type && a.integer == b.integer && a.bytes == b.bytes &&
         std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
}

// Walks along the valid axis through the rows of one side.
class Side {
 public:
  explicit Side(const RowsOfKey& rows) : rows_(rows) {}

  // Returns what the key shows from `at` on, and sets where that ends.
  std::optional<std::string_view> payload_from(const Bound& at, Bound* end) {
    while (next_ < rows_.rows().size() && rows_.rows()[next_].valid.to.us <= at.us) ++next_;
    if (next_ == rows_.rows().size()) {
      *end = Period{}.to;
      return std::nullopt;
    }
    const RowsOfKey::Row& row = rows_.rows()[next_];
    if (row.valid.from.us > at.us) {
      *end = row.valid.from;
      return std::nullopt;
    }
    *end = row.valid.to;
    return rows_.payload(row);
  }

 private:
  const RowsOfKey& rows_;
  size_t next_ = 0;
};

}  // namespace

Status RowsOfKey::read(RowCursor& rows, std::string_view user_key) {
  rows_.clear();
  payloads_.clear();
  for (rows.seek_point(user_key); rows.valid(); rows.next()) {
    rows_.push_back({rows.row().valid, payloads_.size(), rows.row().payload.size()});
    payloads_.append(rows.row().payload);
  }
  return rows.status();
}

Result<bool> Difference::is_same(const std::optional<std::string_view>& a,
                                 const std::optional<std::string_view>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a || *a == *b) return true;
  left_.bind(user_key_, *a);
  right_.bind(user_key_, *b);
  for (int column = 0; column < static_cast<int>(schema_.columns.size()); ++column) {
    if (schema_.columns[static_cast<size_t>(column)].is_hidden) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value left, left_.column(column));
    SPECTRADB_ASSIGN_OR_RETURN(const Value right, right_.column(column));
    if (!is_identical(left, right)) return false;
  }
  return true;
}

Status Difference::find(std::string_view user_key, const RowsOfKey& before, const RowsOfKey& after,
                        std::vector<DifferingPiece>& pieces) {
  user_key_ = user_key;
  const size_t first = pieces.size();
  Side old_side(before);
  Side new_side(after);
  for (Bound at = Period{}.from;;) {
    Bound old_end;
    Bound new_end;
    const std::optional<std::string_view> old_payload = old_side.payload_from(at, &old_end);
    const std::optional<std::string_view> new_payload = new_side.payload_from(at, &new_end);
    const Bound end = old_end.us < new_end.us ? old_end : new_end;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_unchanged, is_same(old_payload, new_payload));
    if (!is_unchanged) {
      bool continues = pieces.size() > first && pieces.back().valid.to.us == at.us;
      for (const auto& [left, right] : {std::pair{&old_payload, &DifferingPiece::before},
                                        std::pair{&new_payload, &DifferingPiece::after}}) {
        if (!continues) break;
        SPECTRADB_ASSIGN_OR_RETURN(const bool goes_on, is_same(pieces.back().*right, *left));
        continues = goes_on;
      }
      if (continues) {
        pieces.back().valid.to = end;
      } else {
        pieces.push_back({{at, end}, old_payload, new_payload});
      }
    }
    if (end.us == kEndOfTime) return Status::ok();
    at = end;
  }
}

}  // namespace spectradb::temporal

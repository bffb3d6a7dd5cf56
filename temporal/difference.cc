#include "temporal/difference.h"

#include <bit>

#include "temporal/fact.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kLargePayloadBytes = 1u << 20;

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
  const RowsOfKey::Row* row_from(const Bound& at, Bound* end) {
    while (next_ < rows_.rows().size() && rows_.rows()[next_].valid.to.us <= at.us) ++next_;
    if (next_ == rows_.rows().size()) {
      *end = Period{}.to;
      return nullptr;
    }
    const RowsOfKey::Row& row = rows_.rows()[next_];
    if (row.valid.from.us > at.us) {
      *end = row.valid.from;
      return nullptr;
    }
    *end = row.valid.to;
    return &row;
  }

 private:
  const RowsOfKey& rows_;
  size_t next_ = 0;
};

}  // namespace

Status RowsOfKey::read(RowCursor& rows, std::string_view user_key) {
  rows.seek_point(user_key);
  return take(rows, user_key);
}

void RowsOfKey::clear(std::string_view user_key) {
  user_key_.assign(user_key);
  rows_.clear();
  payloads_.clear();
  has_left_out_ = false;
}

void RowsOfKey::set(std::string_view user_key, uint64_t commit, uint32_t ordinal, std::string_view payload) {
  clear(user_key);
  rows_.push_back({Period{}, commit, ordinal, false, 0, payload.size()});
  payloads_.assign(payload);
}

Status RowsOfKey::take(RowCursor& rows, std::string_view user_key) {
  clear(user_key);
  for (; rows.valid() && rows.row().user_key == user_key_; rows.next()) {
    const ResolvedRow& row = rows.row();
    const bool is_left_out = row.payload.size() >= kLargePayloadBytes;
    rows_.push_back(
        {row.valid, row.system_from, row.ordinal, is_left_out, payloads_.size(), row.payload.size()});
    if (!is_left_out) payloads_.append(row.payload);
    has_left_out_ = has_left_out_ || is_left_out;
  }
  SPECTRADB_RETURN_IF_ERROR(rows.status());
  if (has_left_out_) rows.versions().seek_key({});  // else the last one stays in memory until the next key
  return Status::ok();
}

Result<std::string_view> RowsOfKey::payload(const Row& row, lsm::VersionCursor& again) const {
  if (!row.is_left_out) return std::string_view(payloads_).substr(row.payload_offset, row.payload_size);
  if (!again.find_version(user_key_, row.commit, row.ordinal)) {
    SPECTRADB_RETURN_IF_ERROR(again.status());
    return Status::corrupt("a version that was there is not found again");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const Fact fact, decode_fact(again.value()));
  return fact.payload;
}

Result<bool> Difference::is_same(const Place& a, const Place& b, lsm::VersionCursor& again) {
  if (a.row == nullptr || b.row == nullptr) return a.row == b.row;
  if (a.row->commit == b.row->commit && a.row->ordinal == b.row->ordinal) return true;
  if (a.row->is_left_out || b.row->is_left_out) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::string left, digest_of(a, again));
    SPECTRADB_ASSIGN_OR_RETURN(const std::string right, digest_of(b, again));
    return left == right;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view left, a.rows->payload(*a.row, again));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view right, b.rows->payload(*b.row, again));
  if (left == right) return true;
  left_.bind(user_key_, left);
  right_.bind(user_key_, right);
  for (int column = 0; column < static_cast<int>(schema_.columns.size()); ++column) {
    if (schema_.columns[static_cast<size_t>(column)].is_hidden) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value left_value, left_.column(column));
    SPECTRADB_ASSIGN_OR_RETURN(const Value right_value, right_.column(column));
    if (!is_identical(left_value, right_value)) return false;
  }
  return true;
}

// Of all that is_identical() compares, so that of large rows one at a time is in memory.
Result<std::string> Difference::digest_of(const Place& place, lsm::VersionCursor& again) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload, place.rows->payload(*place.row, again));
  left_.bind(user_key_, payload);
  Sha256 sum;
  for (int column = 0; column < static_cast<int>(schema_.columns.size()); ++column) {
    if (schema_.columns[static_cast<size_t>(column)].is_hidden) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, left_.column(column));
    const uint64_t fixed[] = {static_cast<uint64_t>(value.type), static_cast<uint64_t>(value.integer),
                              std::bit_cast<uint64_t>(value.real), value.bytes.size()};
    sum.add({reinterpret_cast<const char*>(fixed), sizeof fixed});
    sum.add(value.bytes);
  }
  return sum.hex();
}

Status Difference::find(std::string_view user_key, const RowsOfKey& before, const RowsOfKey& after,
                        lsm::VersionCursor& again, std::vector<DifferingPiece>& pieces) {
  user_key_ = user_key;
  const size_t first = pieces.size();
  Side old_side(before);
  Side new_side(after);
  for (Bound at = Period{}.from;;) {
    Bound old_end;
    Bound new_end;
    const RowsOfKey::Row* const old_row = old_side.row_from(at, &old_end);
    const RowsOfKey::Row* const new_row = new_side.row_from(at, &new_end);
    const Bound end = old_end.us < new_end.us ? old_end : new_end;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_unchanged,
                               is_same({&before, old_row}, {&after, new_row}, again));
    if (!is_unchanged) {
      bool continues = pieces.size() > first && pieces.back().valid.to.us == at.us;
      if (continues) {
        SPECTRADB_ASSIGN_OR_RETURN(continues,
                                   is_same({&before, pieces.back().before}, {&before, old_row}, again));
      }
      if (continues) {
        SPECTRADB_ASSIGN_OR_RETURN(continues,
                                   is_same({&after, pieces.back().after}, {&after, new_row}, again));
      }
      if (continues) {
        pieces.back().valid.to = end;
      } else {
        pieces.push_back({{at, end}, old_row, new_row});
      }
    }
    if (end.us == kEndOfTime) break;
    at = end;
  }
  return Status::ok();
}

}  // namespace spectradb::temporal

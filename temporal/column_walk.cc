#include "temporal/column_walk.h"

#include <optional>

#include "temporal/key_codec.h"
#include "temporal/row_values.h"

namespace spectradb::temporal {

namespace {

constexpr size_t kIdBytes = 4;  // of the table, before the first column

constexpr char kKeyText = 0x30;  // before text in a key (key_codec.cc)

// Text that has no zero byte, which would be escaped, lies in a key as it is.
std::optional<std::string_view> plain_text(std::string_view key) {
  if (key.front() != kKeyText) return std::nullopt;
  const size_t end = key.find('\0', 1);
  if (end == std::string_view::npos || end + 1 >= key.size() || key[end + 1] != '\0') return std::nullopt;
  return key.substr(1, end - 1);
}

}  // namespace

ColumnWalk::ColumnWalk(const TableSchema& schema) : places_(schema.columns.size()) {
  uint32_t payload_columns = 0;
  for (size_t i = 0; i < places_.size(); ++i) {
    const Column& column = schema.columns[i];
    if (column.key_position < 0) {
      places_[i] = {Kind::kPayload, payload_columns++};
    } else if (column.key_position == 0 && column.affinity != Affinity::kReal) {
      places_[i] = {Kind::kFirstKey, 0};  // a whole number stands for a real, too, where the affinity is real
    }
  }
  for (size_t slot = 0; slot < schema.payload.size(); ++slot) {
    if (schema.payload[slot] >= 0)
      places_[static_cast<size_t>(schema.payload[slot])].slot = static_cast<uint32_t>(slot);
  }
}

bool ColumnWalk::find(int column, Value* value) {
  const Place place = places_[static_cast<size_t>(column)];
  if (place.kind == Kind::kOther || (!payload_.empty() && payload_.front() == kRowOverride)) return false;
  if (place.kind == Kind::kFirstKey) return find_in_key(value);
  if (place.slot < slot_) {
    rest_ = payload_;
    slot_ = 0;
  }
  for (; slot_ < place.slot; ++slot_) {
    if (!skip_value(rest_)) return false;
  }
  if (!take_value(rest_, *value)) return false;
  slot_ += 1;
  return true;
}

bool ColumnWalk::find_in_key(Value* value) const {
  if (key_.size() <= kIdBytes) return false;
  std::string_view rest = key_.substr(kIdBytes);
  if (const std::optional<std::string_view> text = plain_text(rest)) {
    *value = Value::text(*text);
    return true;
  }
  const std::optional<int64_t> integer = take_plain_integer(rest);
  if (!integer) return false;
  *value = Value::of_integer(*integer);
  return true;
}

}  // namespace spectradb::temporal

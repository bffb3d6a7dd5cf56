#include "temporal/entry_reader.h"

#include <algorithm>
#include <cstdint>

#include "temporal/key_codec.h"

namespace spectradb::temporal {

EntryReader::EntryReader(const TableSchema& schema, const IndexSchema& index)
    : part_count_(index.entry_parts().size()), slots_of_(schema.columns.size()) {
  std::vector<IndexPart> path = index.entry_parts();
  for (const int column : schema.key_columns) {
    const Column& key = schema.columns[static_cast<size_t>(column)];
    path.push_back({column, key.affinity, key.collation, false});
  }
  for (const IndexPart& part : path) {
    if (part.column == IndexPart::kNoColumn) {
      slots_.push_back({part.column, part.affinity, part.collation, part.is_descending, false});
      continue;
    }
    const auto column = static_cast<size_t>(part.column);
    const bool is_integer_key = schema.has_integer_key && schema.columns[column].key_position >= 0;
    slots_of_[column].push_back(slots_.size());
    slots_.push_back({part.column, part.affinity, part.collation, part.is_descending, is_integer_key});
  }
  values_.resize(slots_.size());
  scratch_.resize(slots_.size());
}

void EntryReader::bind(std::string_view entry) {
  entry_ = entry;
  rest_ = entry;
  decoded_ = 0;
}

bool EntryReader::covers(int column) const {
  const std::vector<size_t>& slots = slots_of_[static_cast<size_t>(column)];
  return std::any_of(slots.begin(), slots.end(), [this](size_t slot) { return is_telling(slots_[slot]); });
}

Status EntryReader::find(int column, const Value** value) {
  *value = nullptr;
  for (const size_t slot : slots_of_[static_cast<size_t>(column)]) {
    if (slot >= decoded_) SPECTRADB_RETURN_IF_ERROR(decode_through(slot));
    if (!tells(slots_[slot], values_[slot])) continue;
    Value& told = values_[slot];
    if (told.type == Value::Type::kInteger && slots_[slot].affinity == Affinity::kReal)
      told = Value::of_real(static_cast<double>(told.integer));
    *value = &told;
    return Status::ok();
  }
  return Status::ok();
}

Result<std::string_view> EntryReader::key() {
  if (decoded_ < part_count_) SPECTRADB_RETURN_IF_ERROR(decode_through(part_count_ - 1));
  return key_;
}

Status EntryReader::decode_through(size_t slot) {
  for (; decoded_ <= slot; ++decoded_) {
    std::string_view from = rest_;
    if (slots_[decoded_].is_descending) {
      std::string& inverted = scratch_[decoded_];
      inverted.assign(rest_);
      for (char& byte : inverted) byte = static_cast<char>(~byte);
      from = inverted;
    }
    const size_t size = from.size();
    // Escaped bytes of a descending part are inverted in a scratch of their own, and then moved over.
    std::string& scratch = slots_[decoded_].is_descending ? inverted_ : scratch_[decoded_];
    SPECTRADB_RETURN_IF_ERROR(take_key_value(from, scratch, &values_[decoded_]));
    if (slots_[decoded_].is_descending && values_[decoded_].bytes.data() == inverted_.data()) {
      scratch_[decoded_].assign(values_[decoded_].bytes);
      values_[decoded_].bytes = scratch_[decoded_];
    }
    rest_.remove_prefix(size - from.size());
    if (decoded_ + 1 == part_count_) key_ = rest_;
  }
  return Status::ok();
}

// Whether a column of this affinity and collation may hold values that their encoding tells.
bool EntryReader::is_telling(const Slot& slot) {
  return slot.is_integer_key || (slot.affinity != Affinity::kBlob && slot.collation == Collation::kBinary);
}

// Whether no other value has the same encoding.
bool EntryReader::tells(const Slot& slot, const Value& canonical) {
  switch (canonical.type) {
    case Value::Type::kNull:
    case Value::Type::kBlob:
    case Value::Type::kReal:  // never a whole number
      return true;
    case Value::Type::kInteger:
      if (slot.is_integer_key) return true;
      if (slot.affinity == Affinity::kReal) return canonical.integer != 0;  // zero could be -0.0
      // Under these affinities whole reals are stored as integers, except INT64_MIN, which may be a rounded
      // value.
      return (slot.affinity == Affinity::kInteger || slot.affinity == Affinity::kNumeric) &&
             canonical.integer != INT64_MIN;
    case Value::Type::kText:
      break;
  }
  if (slot.collation == Collation::kBinary) return true;
  if (slot.collation == Collation::kRTrim) return false;
  return std::none_of(canonical.bytes.begin(), canonical.bytes.end(),
                      [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace spectradb::temporal

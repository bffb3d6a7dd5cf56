#include "extension/read/kept_rows.h"

#include <cstring>

#include "base/assert.h"
#include "temporal/row_without.h"

namespace spectradb::extension {

namespace {
constexpr size_t kKeptSizeBytes = sizeof(uint32_t);
}  // namespace

size_t KeptRows::keep(std::string_view payload, const temporal::Value& ranking) {
  if (payload.size() > kMostBytes) return kNowhere;
  const size_t begin = bytes_.size();
  bytes_.append(kKeptSizeBytes, '\0');
  const size_t place = bytes_.size();
  bool is_kept = true;
  if (ranking.is_null()) {
    bytes_.append(payload);
  } else {
    is_kept = temporal::append_row_without(bytes_, payload, ranking);
  }
  if (!is_kept || bytes_.size() > kMostBytes) {
    bytes_.resize(begin);
    return kNowhere;
  }
  const auto size = static_cast<uint32_t>(bytes_.size() - place);
  std::memcpy(bytes_.data() + begin, &size, sizeof size);
  return place;
}

std::string_view KeptRows::payload(size_t place) const {
  SPECTRADB_ASSERT(place >= kKeptSizeBytes && place <= bytes_.size());
  uint32_t size = 0;
  std::memcpy(&size, bytes_.data() + place - kKeptSizeBytes, sizeof size);
  SPECTRADB_ASSERT(size <= bytes_.size() - place);
  return std::string_view(bytes_).substr(place, size);
}

}  // namespace spectradb::extension

// Varints of the fact and row formats: those of lsm/base/coding.h, taken off the front of a view, and signed
// ones.
#pragma once

#include <cstdint>
#include <string_view>

#include "lsm/base/coding.h"

namespace spectradb::temporal {

// Returns false when the view ends inside the number, or the number does not fit into 64 bits.
[[nodiscard]] inline bool take_varint(std::string_view& in, uint64_t& value) {
  const char* end = in.data() + in.size();
  const char* rest = lsm::decode_varint(in.data(), end, &value);
  if (rest == nullptr) return false;
  in = {rest, static_cast<size_t>(end - rest)};
  return true;
}

// Maps small numbers of either sign to small numbers: 0, -1, 1, -2 … become 0, 1, 2, 3 …
inline uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ (value < 0 ? ~uint64_t{0} : uint64_t{0});
}
inline int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~uint64_t{0} : uint64_t{0}));
}

}  // namespace spectradb::temporal

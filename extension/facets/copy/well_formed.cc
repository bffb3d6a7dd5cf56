#include "extension/facets/copy/well_formed.h"

namespace spectradb::extension::copy {

// Skips ASCII fast, because most texts are only that.
size_t find_ill_formed(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (size_t i = 0; i < text.size();) {
    const unsigned char first = bytes[i];
    if (first == 0) return i;
    if (first < 0x80) {
      ++i;
      continue;
    }
    const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || i + size > text.size()) return i;
    for (size_t k = 1; k < size; ++k)
      if ((bytes[i + k] & 0xC0) != 0x80) return i;
    const unsigned char second = bytes[i + 1];
    const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_none = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    if (is_overlong || is_none) return i;
    i += size;
  }
  return std::string_view::npos;
}

}  // namespace spectradb::extension::copy

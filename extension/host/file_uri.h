// Names of files in the URIs by which SQLite opens them.
#pragma once

#include <string>
#include <string_view>

namespace spectradb::extension {

// Appends a name, or the value of a parameter, so that no byte of it means anything to a URI.
inline void append_escaped(std::string& uri, std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                          (byte >= 'a' && byte <= 'z') || byte == '/' || byte == '.' || byte == '-' ||
                          byte == '_';
    if (is_plain) {
      uri.push_back(letter);
    } else {
      uri.push_back('%');
      uri.push_back(kDigits[byte >> 4]);
      uri.push_back(kDigits[byte & 15]);
    }
  }
}

}  // namespace spectradb::extension

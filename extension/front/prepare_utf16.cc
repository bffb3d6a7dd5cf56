#include "extension/front/prepare_utf16.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <string>

namespace spectradb::extension {

namespace {

constexpr uint32_t kByteOrderMark = 0xfeff;

// A text of 16-bit units in the processor's byte order, at any address. Invalid units are read as SQLite
// reads them, so that the same bytes result.
class Utf16Text {
 public:
  Utf16Text(const void* sql, int bytes) : bytes_(static_cast<const char*>(sql)) {
    const size_t most = bytes < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(bytes) / 2;
    while (size_ < most && unit(size_) != 0) ++size_;
    if (size_ > 0 && unit(0) == kByteOrderMark) begin_ = 1;
  }

  std::string utf8() const {
    std::string out;
    out.reserve(size_);
    for (size_t i = begin_; i < size_;) append(out, next(i));
    return out;
  }

  // Returns the place in the original text of this byte of utf8().
  const void* place_of(size_t utf8_bytes) const {
    size_t i = begin_;
    for (size_t passed = 0; i < size_ && passed < utf8_bytes;) passed += length(next(i));
    return bytes_ + 2 * i;
  }

 private:
  uint32_t unit(size_t i) const {
    uint16_t unit = 0;
    std::memcpy(&unit, bytes_ + 2 * i, sizeof unit);
    return unit;
  }

  uint32_t next(size_t& i) const {
    const uint32_t first = unit(i++);
    if (first < 0xd800 || first >= 0xe000 || i >= size_) return first;
    const uint32_t second = unit(i++);
    return (second & 0x03ff) + ((first & 0x003f) << 10) + (((first & 0x03c0) + 0x0040) << 10);
  }

  static size_t length(uint32_t character) {
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  }

  static void append(std::string& out, uint32_t character) {
    static constexpr uint32_t kFirst[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const size_t bytes = length(character);
    for (size_t i = 0; i < bytes; ++i) {
      const uint32_t bits = character >> (6 * (bytes - 1 - i));
      const uint32_t byte = i > 0 ? 0x80 | (bits & 0x3f) : bytes == 1 ? bits : kFirst[bytes] | (bits & 0x1f);
      out += static_cast<char>(byte);
    }
  }

  const char* bytes_;
  size_t begin_ = 0;
  size_t size_ = 0;  // number of units in front of the first zero
};

}  // namespace

int prepare_utf16(PrepareV3 original, sqlite3* db, const void* sql, int bytes, unsigned int flags,
                  sqlite3_stmt** out, const void** tail) {
  if (db == nullptr || sql == nullptr || out == nullptr)
    return original(db, nullptr, bytes, flags, out, nullptr);
  try {
    const Utf16Text text(sql, bytes);
    const std::string utf8 = text.utf8();
    if (utf8.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return SQLITE_TOOBIG;
    const char* utf8_tail = nullptr;
    const int code = prepare_temporal(original, Way::kHook, db, utf8.c_str(), static_cast<int>(utf8.size()),
                                      flags, out, &utf8_tail);
    if (tail != nullptr && utf8_tail != nullptr)
      *tail = text.place_of(static_cast<size_t>(utf8_tail - utf8.data()));
    return code;
  } catch (const std::bad_alloc&) {
    *out = nullptr;
    return SQLITE_NOMEM;
  }
}

}  // namespace spectradb::extension

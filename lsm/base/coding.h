// Integers as bytes: little-endian fixed widths, and varints (seven bits a byte, low bits first, at most ten
// bytes). Encoders append to a string or write through a pointer; decoders take a limit and refuse to pass
// it. Pure functions, any thread. Everything that reads disk bytes in this folder reads them through here.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spectradb::lsm {

static_assert(std::endian::native == std::endian::little,
              "fixed-width fields are copied as they lie in memory");

inline constexpr size_t kMaxVarintBytes = 10;

inline void put_fixed32(std::string& out, uint32_t value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

inline void put_fixed64(std::string& out, uint64_t value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

inline uint32_t load_fixed32(const char* from) {
  uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline uint64_t load_fixed64(const char* from) {
  uint64_t value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline size_t varint_size(uint64_t value) { return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7; }

// Writes at most kMaxVarintBytes; returns the end.
inline char* encode_varint(char* to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}

inline void put_varint(std::string& out, uint64_t value) {
  char bytes[kMaxVarintBytes];
  out.append(bytes, static_cast<size_t>(encode_varint(bytes, value) - bytes));
}

inline void put_bytes(std::string& out, std::string_view bytes) {  // varint size, then the bytes
  put_varint(out, bytes.size());
  out.append(bytes);
}

// The position behind the varint, or nullptr when it passes the limit or 64 bits.
inline const char* decode_varint(const char* from, const char* limit, uint64_t* value) {
  if (from < limit && static_cast<unsigned char>(*from) < 0x80) {
    *value = static_cast<unsigned char>(*from);
    return from + 1;
  }
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && from < limit; shift += 7) {
    const auto byte = static_cast<unsigned char>(*from++);
    if (shift == 63 && byte > 1) return nullptr;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      return from;
    }
  }
  return nullptr;
}

// Reads fields one after the other. The first field that does not fit makes it fail for good: every later
// field is zero or empty, and ok() is false. So a decoder may read a whole record and test once.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : start_(bytes.data()), next_(bytes.data()), limit_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return next_ == limit_; }
  uint64_t offset() const { return static_cast<uint64_t>(next_ - start_); }
  uint64_t remaining() const { return static_cast<uint64_t>(limit_ - next_); }

  uint32_t fixed32() {
    if (!need(sizeof(uint32_t))) return 0;
    const uint32_t value = load_fixed32(next_);
    next_ += sizeof value;
    return value;
  }

  uint64_t fixed64() {
    if (!need(sizeof(uint64_t))) return 0;
    const uint64_t value = load_fixed64(next_);
    next_ += sizeof value;
    return value;
  }

  uint64_t varint() {
    uint64_t value = 0;
    const char* end = ok_ ? decode_varint(next_, limit_, &value) : nullptr;
    if (end == nullptr) {
      ok_ = false;
      return 0;
    }
    next_ = end;
    return value;
  }

  uint32_t varint32() {
    const uint64_t value = varint();
    if (value > UINT32_MAX) {
      ok_ = false;
      return 0;
    }
    return static_cast<uint32_t>(value);
  }

  std::string_view raw(uint64_t size) {
    if (!need(size)) return {};
    const std::string_view bytes(next_, static_cast<size_t>(size));
    next_ += size;
    return bytes;
  }

  std::string_view bytes() { return raw(varint()); }

 private:
  bool need(uint64_t size) {
    if (ok_ && size <= remaining()) return true;
    ok_ = false;
    return false;
  }

  const char* start_;
  const char* next_;
  const char* limit_;
  bool ok_ = true;
};

}  // namespace spectradb::lsm

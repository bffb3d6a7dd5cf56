#include "lsm/base/coding.h"

#include <doctest/doctest.h>

#include <vector>

using namespace spectradb::lsm;

TEST_CASE("integers come back as they went in") {
  std::string bytes;
  std::vector<uint64_t> values{0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
  for (unsigned shift = 0; shift < 64; ++shift) values.push_back(uint64_t{1} << shift);
  for (const uint64_t value : values) {
    put_varint(bytes, value);
    put_fixed64(bytes, value);
    put_fixed32(bytes, static_cast<uint32_t>(value));
  }
  put_bytes(bytes, "tail");
  ByteReader reader(bytes);
  for (const uint64_t value : values) {
    const uint64_t start = reader.offset();
    CHECK(reader.varint() == value);
    CHECK(reader.offset() - start == varint_size(value));
    CHECK(reader.fixed64() == value);
    CHECK(reader.fixed32() == static_cast<uint32_t>(value));
  }
  CHECK(reader.bytes() == "tail");
  CHECK(reader.ok());
  CHECK(reader.at_end());
}

TEST_CASE("a decoder passes no limit, and fails for good") {
  std::string bytes;
  put_varint(bytes, UINT64_MAX);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader reader(std::string_view(bytes).substr(0, size));
    CHECK(reader.varint() == 0);
    CHECK_FALSE(reader.ok());
    CHECK(reader.raw(0).empty());
    CHECK_FALSE(reader.ok());
  }
  uint64_t value = 0;
  const std::string endless(20, '\xff');
  CHECK(decode_varint(endless.data(), endless.data() + endless.size(), &value) == nullptr);
  const std::string too_large = std::string(9, '\xff') + '\x02';
  CHECK(decode_varint(too_large.data(), too_large.data() + too_large.size(), &value) == nullptr);
  std::string lying;
  put_varint(lying, UINT64_MAX);
  lying += "abc";
  ByteReader reader(lying);
  CHECK(reader.bytes().empty());
  CHECK_FALSE(reader.ok());
}

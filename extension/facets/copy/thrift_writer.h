// Writes structures as Thrift's compact protocol has them: the headers and the footer of a Parquet file are
// such structures. A field's head is a byte (how far its number is from that of the field before, and its
// type), and whole numbers are zigzag varints. Fields are written by ascending numbers. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/coding.h"

namespace spectradb::extension::copy {

class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) {}

  // A structure that is a field, or an element of a list, has its own fields up to end(). The outermost one
  // is begun by nobody, and ended, too.
  void begin(int field) {
    head(field, kStruct);
    begin_element();
  }
  void begin_element() {
    fields_.push_back(last_);
    last_ = 0;
  }
  void end();

  void flag(int field, bool value) { head(field, value ? kTrue : kFalse); }
  void small(int field, int32_t value) { whole(field, kSmall, value); }
  void large(int field, int64_t value) { whole(field, kLarge, value); }
  void bytes(int field, std::string_view value) {
    head(field, kBytes);
    element(value);
  }

  // A list's elements follow it.
  void list_of_small(int field, size_t size) { list(field, kSmall, size); }
  void list_of_bytes(int field, size_t size) { list(field, kBytes, size); }
  void list_of_structs(int field, size_t size) { list(field, kStruct, size); }
  void element(int32_t value) { zigzag(value); }
  void element(std::string_view value) { lsm::put_bytes(out_, value); }

 private:
  enum Type : uint8_t { kTrue = 1, kFalse = 2, kSmall = 5, kLarge = 6, kBytes = 8, kList = 9, kStruct = 12 };

  void head(int field, Type type);
  void list(int field, Type type, size_t size);
  void whole(int field, Type type, int64_t value) {
    head(field, type);
    zigzag(value);
  }
  void zigzag(int64_t value) {
    lsm::put_varint(out_, static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }

  std::string& out_;
  int last_ = 0;             // the number of the field before, in the structure that is open
  std::vector<int> fields_;  // the same of the structures around it
};

}  // namespace spectradb::extension::copy

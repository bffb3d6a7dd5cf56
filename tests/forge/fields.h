// The bytes of a store's file as a tree of fields: numbers in the forms of docs/format.md, raw bytes, and parts in
// their order. What one field says of others (sizes, counts, offsets, how numbers are packed) follows from
// them when the tree is written, unless the field was given a value of its own: so that a file can be wrong
// in one place and right everywhere else. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

enum class Form : uint8_t { kVarint, kFixed32, kFixed64, kByte, kRaw, kParts, kPacked };

// What a number tells of the field that stands `distance` fields behind it.
enum class Tells : uint8_t {
  kNothing,
  kSize,         // bytes
  kCount,        // parts
  kLeast,        // of packed numbers
  kBits,         // of packed numbers
  kPlaceOfPart,  // where its part with the number `part` begins
};

struct Field {
  std::string name;
  Form form = Form::kParts;
  uint64_t number = 0;
  std::string bytes;
  std::vector<Field> parts;
  Tells tells = Tells::kNothing;
  int distance = 1;
  size_t part = 0;
  bool is_given = false;  // its value stands, whatever the others are
  bool is_list = false;   // parts of one kind: may be repeated, left out and exchanged
  bool is_content =
      false;  // what the store holds, not how it is found: with another value it is another store

  bool is_number() const { return form < Form::kRaw; }
  Field& at(std::string_view wanted);  // the part of that name; ends the program where there is none

  static Field of_number(std::string name, Form form, uint64_t number);
  static Field of_bytes(std::string name, std::string_view bytes);
  static Field of_parts(std::string name, std::vector<Field> parts = {});
  static Field of_list(std::string name);
  // A number that follows from another field; the number is what it was read as.
  static Field telling(std::string name, Form form, Tells tells, uint64_t number, int distance = 1);
};

std::string written(const Field& field);

// Reads numbers and bytes one after the other into fields; ends the program where they pass the end: what is
// taken apart here was written by the store itself.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}
  uint64_t varint();
  uint64_t fixed(size_t size_bytes);
  std::string_view raw(uint64_t size_bytes);
  bool at_end() const { return at_ == bytes_.size(); }
  size_t offset() const { return at_; }

  Field number(std::string name, Form form);
  // bytes := size:varint, then so many bytes. Appends both fields.
  void bytes(const std::string& name, std::vector<Field>* to);

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace spectradb::tests

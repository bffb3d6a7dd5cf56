// Holds the bytes of a store's file as a tree of fields: numbers in the forms of docs/format.md, raw bytes,
// and parts in their order. What one field says of others (sizes, counts, offsets, how numbers are packed)
// is computed when the tree is written, unless the field was given a value of its own, so that a file can
// be wrong in one place and right everywhere else. Used by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

enum class Form : uint8_t { kVarint, kFixed32, kFixed64, kByte, kRaw, kParts, kPacked };

// Says what a number tells of the field that is `distance` fields behind it.
enum class Tells : uint8_t {
  kNothing,
  kSize,         // its size in bytes
  kCount,        // the number of its parts
  kLeast,        // the least of packed numbers
  kBits,         // the bits of packed numbers
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
  bool is_given = false;  // its value is kept, whatever the others are
  bool is_list = false;   // parts of one kind, which may be repeated, left out and exchanged
  // True for what the store holds, and not for how that is found: another value makes it another store.
  bool is_content = false;

  bool is_number() const { return form < Form::kRaw; }
  Field& at(std::string_view wanted);  // ends the program if no part has that name

  static Field of_number(std::string name, Form form, uint64_t number);
  static Field of_bytes(std::string name, std::string_view bytes);
  static Field of_parts(std::string name, std::vector<Field> parts = {});
  static Field of_list(std::string name);
  // A number that follows from another field; `number` is the value that was read.
  static Field telling(std::string name, Form form, Tells tells, uint64_t number, int distance = 1);
};

std::string written(const Field& field);

// Reads numbers and bytes one after another into fields. Ends the program where they pass the end, because
// the store itself wrote these bytes.
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

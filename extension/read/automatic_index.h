// What SQLite's automatic indexes are to its own tables: when one cursor reads the same rows again and again,
// each time for other values of columns that no key helps with (the inner table of a join), the keys of the
// rows are kept by those values. It finds at least the rows that SQLite would find equal, whatever affinities
// and built-in collations the comparison has; SQLite compares again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "temporal/value.h"

namespace spectradb::extension {

class AutomaticIndex {
 public:
  // Of the values of one row, or those looked for, column by column. Values that may be equal in SQLite mix
  // into the same number: numbers and the texts that spell them, texts but for case and spaces at the end.
  static uint64_t mix(uint64_t hash, const temporal::Value& value);

  void clear();
  void add(uint64_t hash, std::string_view user_key);  // in the order of the scan
  void finish();                                       // before find()
  std::vector<std::string> find(uint64_t hash) const;  // each key once, in the order of the scan
  uint64_t size_bytes() const;

 private:
  struct Entry {
    uint64_t hash;
    uint64_t offset;  // of the key in keys_: its size, 4 bytes, then its bytes
    auto operator<=>(const Entry&) const = default;
  };
  std::string_view key_at(uint64_t offset) const;

  std::string keys_;
  std::vector<Entry> entries_;
};

}  // namespace spectradb::extension

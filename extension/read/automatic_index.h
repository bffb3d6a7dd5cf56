// Does what SQLite's automatic indexes do for its own tables. When one cursor reads the same rows again and
// again, each time for other values of columns that no key serves (the inner table of a join), it indexes the
// rows' keys by those values. It finds at least the rows that SQLite would find equal, under any affinity and
// built-in collation; SQLite compares again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "temporal/value.h"

namespace spectradb::extension {

class AutomaticIndex {
 public:
  // Mixes in the values of one row, or the values looked for, column by column. Values that SQLite may find
  // equal give the same number: numbers and texts that spell them, texts that differ in case or trailing
  // spaces.
  static uint64_t mix(uint64_t hash, const temporal::Value& value);

  void clear();
  void add(uint64_t hash, std::string_view user_key);  // in the order of the scan
  void finish();                                       // before find()
  std::vector<std::string> find(uint64_t hash) const;  // each key once, in the order of the scan
  uint64_t size_bytes() const;

 private:
  struct Entry {
    uint64_t hash;
    uint64_t offset;  // of the key in keys_: size (4 bytes), then bytes
    auto operator<=>(const Entry&) const = default;
  };
  std::string_view key_at(uint64_t offset) const;

  std::string keys_;
  std::vector<Entry> entries_;
};

}  // namespace spectradb::extension

// Secondary indexes of temporal tables. An index is a key space of its own in the store, bitemporal as the
// table is:
//
//   entry := index_id part* column*       index_id: 4 bytes, big-endian
//                                         column*: the key of the row, behind its table id
//   part  := column                       every bit inverted where the index descends
//
// An entry is a fact without payload. From the commit `since` on, an entry is visible at a system and a valid
// time exactly when the row of that key is, and has those values. What rows had before `since` is told by a
// second key space, past_id(): entries that hold for all time, one for each value that a key ever had and had
// lost by then. They only say where to look.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::temporal {

struct IndexPart {
  int column = -1;  // of TableSchema::columns
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
  bool is_descending = false;
  bool operator==(const IndexPart&) const = default;
};

struct IndexSchema {
  uint32_t id = 0;  // begins the keys of its entries, as table ids do
  std::string name;
  std::vector<IndexPart> parts;
  bool is_unique = false;
  uint64_t since = 0;  // the first commit whose facts are in the index itself

  uint32_t past_id() const { return id + 1; }
  bool operator==(const IndexSchema&) const = default;
};
using IndexSchemas = std::shared_ptr<const std::vector<IndexSchema>>;

// Index entries take two ids, one for each key space.
inline constexpr uint32_t kIdsOfAnIndex = 2;

void append_index_part(std::string& out, const Value& value, const IndexPart& part);

// What the values of the parts take of an entry, behind its id.
struct PartsExtent {
  size_t size = 0;  // bytes
  bool has_null = false;
};
// kCorrupt when `in` begins with none that append_index_part makes.
Result<PartsExtent> extent_of_parts(std::string_view in, const std::vector<IndexPart>& parts);

}  // namespace spectradb::temporal

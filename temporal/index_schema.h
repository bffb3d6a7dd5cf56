// Secondary indexes of temporal tables. An index is a key space of its own in the store, bitemporal as the
// table is:
//
//   entry := index_id part* column*       index_id: 4 bytes, big-endian
//                                         column*: the key of the row, behind its table id
//   part  := column                       every bit inverted where the index descends
//
// An index of another kind has an EntryMaker, which makes any number of entries for a row. Their parts are no
// columns of the table, and their facts may have a payload.
//
// An entry of an ordered index is a fact without payload. From the commit `since` on, an entry is visible at
// a system and a valid time exactly when the row of its key is, and has those values. What rows had before
// `since` is in a second key space, past_id(): its entries hold for all time, one for each value that a key
// ever had and had lost by then. These entries only say where to look.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::temporal {

struct IndexPart {
  static constexpr int kNoColumn = -2;  // for parts that an EntryMaker makes

  int column = -1;  // index into TableSchema::columns
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
  bool is_descending = false;
  bool operator==(const IndexPart&) const = default;
};

// An entry that stands for a row in an index: `key` lies between the index's id and the row's own key.
struct IndexEntry {
  std::string key;
  std::string payload;
  bool operator==(const IndexEntry&) const = default;
  bool operator<(const IndexEntry& other) const {
    return key != other.key ? key < other.key : payload < other.payload;
  }
};

// The key space of one index inside a write transaction, as it is now. Keys come without the index's id.
class EntrySpace {
 public:
  virtual ~EntrySpace() = default;
  struct Held {
    std::string_view key;
    std::string_view payload;
    Period valid;
  };
  // Visits what is stored under keys that begin with `prefix`, at all valid times, until `visit` returns
  // false. The views live until it returns.
  virtual Status each(std::string_view prefix, const std::function<bool(const Held&)>& visit) = 0;
  // Finds the payload of a key that holds for all time; false where there is none.
  virtual Result<bool> find(std::string_view key, std::string* payload) = 0;
  virtual void put(std::string_view key, std::string_view payload, const Period& valid) = 0;
  virtual void erase(std::string_view key, const Period& valid) = 0;
};

// Turns a row into entries. One thread at a time.
class EntryMaker {
 public:
  virtual ~EntryMaker() = default;
  // Returns the parts of an entry's key, which append_index_part() encodes.
  virtual const std::vector<IndexPart>& parts() const = 0;
  // Appends the entries of a row whose columns IndexSchema::parts have these values, each key once. The
  // entries may depend only on the values and on what the maker itself has put into `space`: entries of an
  // old row are found by making them again. `space` is null where the maker keeps nothing there.
  virtual Status make(EntrySpace* space, std::span<const Value> values, std::vector<IndexEntry>* entries) = 0;

  // wrote() is for makers that keep more than entries in the space, and update it.
  // It is called after an entry was put there; `key` begins with the parts, and the row's own key follows.
  virtual Status wrote(EntrySpace& space, std::string_view key) {
    (void)space, (void)key;
    return Status::ok();
  }
  // Before an index is built, a maker that learns gets the values of the current rows, one after the other,
  // and then the end of them.
  virtual bool learns() const { return false; }
  virtual Status learn(std::span<const Value> values) {
    (void)values;
    return Status::ok();
  }
  virtual Status learned(EntrySpace& space) {
    (void)space;
    return Status::ok();
  }
  // Whether entries of the past, from before the index, go to past_id().
  virtual bool keeps_past() const { return true; }
};

struct IndexSchema {
  uint32_t id = 0;  // begins the keys of its entries, as table ids do
  std::string name;
  std::vector<IndexPart> parts;       // what entries are made of
  std::shared_ptr<EntryMaker> maker;  // null for an ordered index, whose only entry for a row is these parts
  int kind = 0;                       // the number of its kind, 0 for an ordered index
  bool is_unique = false;
  uint64_t since = 0;  // the first commit whose facts are in the index itself

  uint32_t past_id() const { return id + 1; }
  const std::vector<IndexPart>& entry_parts() const { return maker == nullptr ? parts : maker->parts(); }
  bool operator==(const IndexSchema&) const = default;
};
using IndexSchemas = std::shared_ptr<const std::vector<IndexSchema>>;

// Index entries take two ids, one for each key space.
inline constexpr uint32_t kIdsOfAnIndex = 2;

void append_index_part(std::string& out, const Value& value, const IndexPart& part);

// How much of an entry the values of the parts take, behind its id.
struct PartsExtent {
  size_t size = 0;  // bytes
  bool has_null = false;
};
// kCorrupt unless `in` begins with parts that append_index_part() makes.
Result<PartsExtent> extent_of_parts(std::string_view in, const std::vector<IndexPart>& parts);

}  // namespace spectradb::temporal

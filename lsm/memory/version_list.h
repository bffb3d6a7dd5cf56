// The body of memtables and write batches: versions that grow in number, found by their key's hash, or read in
// the order of user key ascending, commit descending, ordinal descending. Keys are brought into order by the
// first read that asks for it (sorted_keys.h).
//
// One writer, any number of readers at the same time. Nodes and records lie in an arena, and nothing is ever
// freed before the list dies. Records lie in chunks in the order of put(), coded as the commit log codes them,
// so that a batch's frame is written straight from here. Reading never fails; where memory for a put() is not
// to be had, the list is as it was.
//
//   record := key_size:varint key value_size:varint value
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"
#include "lsm/memory/key_node.h"
#include "lsm/memory/key_table.h"
#include "lsm/memory/sorted_keys.h"

namespace spectradb::lsm {

// A place in the order of versions.
struct VersionPosition {
  std::string_view user_key;
  uint64_t commit = UINT64_MAX;   // the maximum stands before every version of the key,
  uint32_t ordinal = UINT32_MAX;  // zero and zero at the oldest one that can be
};

class VersionList {
 public:
  // Records of consecutive puts, back to back.
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t capacity_bytes;
    size_t used_bytes;
    uint32_t first_ordinal;  // of the first record
    uint32_t count;          // records
  };

  enum class Use : uint8_t { kManyThreads, kOneThread };
  // A list that one thread uses holds less memory; any may read it once nothing more is put.
  explicit VersionList(Use use = Use::kManyThreads) : table_(use == Use::kOneThread) {}
  VersionList(const VersionList&) = delete;
  VersionList& operator=(const VersionList&) = delete;

  // Only the writer calls it. A key's versions must come from the oldest to the newest.
  void put(std::string_view user_key, uint64_t commit, uint32_t ordinal, std::string_view value,
           const VersionBounds& valid = {INT64_MIN, INT64_MAX}) {
    put_parts(user_key, commit, ordinal, {&value, 1}, valid);
  }
  // The same of a value in parts, which are copied one behind the other.
  void put_parts(std::string_view user_key, uint64_t commit, uint32_t ordinal,
                 std::span<const std::string_view> value, const VersionBounds& valid);
  // Has the processor fetch what a put of the key will read first.
  void prefetch(std::string_view user_key) const { table_.prefetch(hash_key(user_key)); }
  const std::vector<Chunk>& chunks() const { return chunks_; }

  // Any thread may call what follows.
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }            // versions
  uint64_t size_bytes() const { return size_bytes_.load(std::memory_order_relaxed); }  // memory held
  const KeyNode* find(std::string_view user_key, uint64_t hash) const { return table_.find(user_key, hash); }
  const SortedKeys& keys() const { return sorted_; }
  // About how many versions have keys in [from, to): exact where there are few keys.
  uint64_t estimate_between(std::string_view from, std::string_view to) const;

 private:
  struct Record {
    const char* key;
    const char* sized_value;
  };
  uint64_t* take_words(size_t words);
  VersionNode* new_version(const KeyNode* key, uint64_t commit, uint32_t ordinal, const VersionBounds& valid);
  KeyNode* new_key(std::string_view user_key, uint64_t hash);
  Record store_record(std::string_view user_key, uint32_t ordinal, size_t value_bytes,
                      std::span<const std::string_view> value);

  std::vector<Chunk> chunks_;  // records
  std::vector<std::unique_ptr<uint64_t[]>> node_arena_;
  size_t node_words_left_ = 0;  // in the last arena piece
  uint64_t* node_next_ = nullptr;
  KeyTable table_;
  SortedKeys sorted_;
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> size_bytes_{0};  // of records, nodes and the table
};

}  // namespace spectradb::lsm

// The index of an SSTable: how to find a block in it, and the dictionary that the blocks need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/bounds.h"
#include "lsm/table/compression.h"
#include "lsm/table/packed_numbers.h"
#include "lsm/table/sstable_format.h"

namespace spectradb::lsm {

// Collects what the index says of each block, in their order, while the blocks are written.
class TableIndexBuilder {
 public:
  // A block has ended: its uncompressed size, its last version and its bounds.
  void add(uint32_t size, const VersionPosition& last, const Bounds& bounds);
  // The next block that add() has announced takes so many bytes in the file, right behind the one before.
  void place(uint64_t stored_size) { stored_sizes_.push_back(stored_size); }
  std::string encode(const FileMeta& meta) const;  // for the whole file, once all blocks are placed

 private:
  struct Entry {
    uint32_t size;
    uint32_t shared;  // bytes that the last key has in common with that of the block before
    uint32_t unshared;
    uint32_t last_ordinal;
    uint64_t last_commit;
    Bounds bounds;
  };
  std::vector<Entry> entries_;
  std::vector<uint64_t> stored_sizes_;
  std::string suffixes_;  // of the last keys
  std::string last_key_;
};

// An index in memory: each of its numbers is packed into few bits, as there are many. Never changes: any
// thread.
class TableIndex {
 public:
  static constexpr size_t kStoredColumns = 14;

  // Null when the bytes (uncompressed) are no index, or an empty one. The first block begins at
  // `first_offset` in the file.
  static std::shared_ptr<const TableIndex> decode(std::string_view bytes, const FileMeta& meta,
                                                  uint64_t first_offset,
                                                  std::shared_ptr<const Dictionary> dictionary);

  size_t block_count() const { return heads_.size(); }
  BlockHandle handle(size_t block) const {
    const uint64_t offset = offsets_.at(block);
    return {offset, offsets_.at(block + 1) - offset - kStoredTrailerBytes};
  }
  uint32_t size(size_t block) const { return static_cast<uint32_t>(sizes_.at(block)); }  // uncompressed
  std::string_view last_key(size_t block) const {
    const size_t from = static_cast<size_t>(key_ends_.at(block));
    return {keys_.get() + from, static_cast<size_t>(key_ends_.at(block + 1)) - from};
  }
  VersionPosition last(size_t block) const {
    return {last_key(block), last_commits_.at(block), static_cast<uint32_t>(last_ordinals_.at(block))};
  }
  Bounds bounds(size_t block) const;
  // Whether the bounds allow that the block has anything to show.
  bool may_show(size_t block, const ReadLimits& limits) const {
    return limits.may_show_times(min_commits_.at(block), max_commits_.at(block), max_recencies_.at(block)) &&
           (!limits.valid_at || bounds(block).may_overlap(*limits.valid_at));
  }
  // Whether the bounds tell that all versions of the block are within the limits of commits.
  bool shows_all(size_t block, const ReadLimits& limits) const {
    return max_commits_.at(block) <= limits.max_commit && min_recencies_.at(block) > limits.superseded_by;
  }
  // The first block in [from, end) whose bounds allow a version that is valid then; `end` if there is none.
  size_t find_overlapping(const ValidRange& range, size_t from, size_t end) const;
  // The first block from `from` on whose last version is at or after the position; block_count() if there is
  // none.
  size_t find_block(const VersionPosition& position, size_t from = 0) const;
  const Dictionary* dictionary() const { return dictionary_.get(); }  // null: there is none
  uint64_t size_bytes() const;                                        // in memory

 private:
  TableIndex() = default;
  using Numbers = std::vector<uint64_t>;
  // So many blocks are passed over together: the periods of a key may lie in many blocks, of which an instant
  // concerns few.
  static constexpr size_t kStretchBlocks = 16;
  struct ValidStretch {
    int64_t from;
    int64_t to;
  };
  // The columns in packed_, in this order.
  std::vector<PackedNumbers*> columns();
  void pack(const std::vector<Numbers>& numbers);
  void measure_stretches(size_t block_count);
  ValidStretch valid_bounds(size_t block) const {
    return {static_cast<int64_t>(min_valid_from_.at(block)), static_cast<int64_t>(max_valid_to_.at(block))};
  }
  bool decode_keys(ByteReader& reader, const FileMeta& meta, const Numbers& shared, const Numbers& unshared,
                   Numbers* ends);
  void take_heads(size_t block_count);
  // Narrows [low, high), blocks whose heads are alike, to those whose last key the second heads cannot tell from
  // this one; the ones before come before it, the ones behind are behind it.
  void narrow(std::string_view user_key, size_t* low, size_t* high) const;
  bool is_at_or_after(size_t block, const VersionPosition& position) const;

  std::string packed_;
  PackedNumbers offsets_;  // of each block, and of the end of the last one
  PackedNumbers sizes_;
  PackedNumbers key_ends_;  // in keys_, behind a zero
  PackedNumbers last_commits_;
  PackedNumbers last_ordinals_;
  PackedNumbers min_commits_;
  PackedNumbers max_commits_;
  PackedNumbers min_recencies_;
  PackedNumbers max_recencies_;
  PackedNumbers min_valid_from_;
  PackedNumbers max_valid_from_;
  PackedNumbers min_valid_to_;
  PackedNumbers max_valid_to_;
  std::vector<ValidStretch> valid_stretches_;  // each of kStretchBlocks blocks; empty where all time is valid
  std::unique_ptr<char[]> keys_;               // the last key of each block
  size_t keys_bytes_ = 0;
  std::vector<uint64_t> heads_;  // the eight bytes of each last key behind the common prefix
  std::string common_prefix_;    // what all keys of the file begin with
  std::shared_ptr<const Dictionary> dictionary_;
  uint64_t dictionary_bytes_ = 0;  // the dictionary's size, if this index was the first to use it
  // Of blocks with equal heads, the eight bytes behind what their last keys share: keys of one table begin alike
  // where the file has others, too. Empty where few blocks have equal heads.
  std::vector<uint64_t> second_heads_;
};

}  // namespace spectradb::lsm

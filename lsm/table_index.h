// The index of an SSTable: its blocks, how to find one, and the dictionary that they need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/bounds.h"
#include "lsm/compression.h"
#include "lsm/sstable_format.h"

namespace spectradb::lsm {

// What each block of a file is, in their order, made while they are written.
class TableIndexBuilder {
 public:
  // A block has ended: its size, uncompressed, its last version and its bounds.
  void add(uint32_t size, const VersionPosition& last, const Bounds& bounds);
  // The next block that was added is stored in so many bytes, right behind the one before.
  void place(uint64_t stored_size) { stored_sizes_.push_back(stored_size); }
  std::string encode(const FileMeta& meta) const;  // of the whole file, once all blocks are placed

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

// As it is read. Never changes: any thread.
class TableIndex {
 public:
  struct Entry {
    BlockHandle handle;
    uint32_t size;  // of the block, uncompressed
    uint32_t last_ordinal;
    uint64_t last_commit;
    std::string_view last_key;
    Bounds bounds;
  };

  // Null when the bytes (uncompressed) are no index, or an empty one. The first block begins at
  // `first_offset` in the file.
  static std::shared_ptr<const TableIndex> decode(std::string_view bytes, const FileMeta& meta,
                                                  uint64_t first_offset,
                                                  std::unique_ptr<const Dictionary> dictionary);

  size_t block_count() const { return entries_.size(); }
  const Entry& entry(size_t block) const { return entries_[block]; }
  // The first block from `from` on whose last version is at or after the position; block_count() if there is
  // none.
  size_t find_block(const VersionPosition& position, size_t from = 0) const;
  const Dictionary* dictionary() const { return dictionary_.get(); }  // null: there is none
  uint64_t size_bytes() const;                                        // in memory

 private:
  TableIndex() = default;
  bool decode_keys(ByteReader& reader, const std::vector<uint64_t>& shared,
                   const std::vector<uint64_t>& unshared);

  std::unique_ptr<char[]> keys_;  // of the entries
  size_t keys_bytes_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint64_t> heads_;  // the eight bytes of each last key behind the common prefix
  std::string common_prefix_;    // what all keys of the file begin with
  std::unique_ptr<const Dictionary> dictionary_;
};

}  // namespace spectradb::lsm

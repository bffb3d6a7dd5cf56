// The index of an SSTable as it is read: its blocks, how to find one, and the dictionary that they need.
// Never changes: any thread.
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

  // Null when the bytes (uncompressed) are no index, or an empty one.
  static std::shared_ptr<const TableIndex> decode(std::unique_ptr<char[]> bytes, size_t size_bytes,
                                                  const FileMeta& meta,
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

  std::unique_ptr<char[]> bytes_;  // the entries' keys lie in it
  size_t size_bytes_ = 0;
  std::vector<Entry> entries_;
  std::vector<uint64_t> heads_;  // the eight bytes of each last key behind the common prefix
  std::string common_prefix_;    // what all keys of the file begin with
  std::unique_ptr<const Dictionary> dictionary_;
};

}  // namespace spectradb::lsm

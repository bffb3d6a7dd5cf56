// The data block of an SSTable: versions of ascending keys, the versions of one key in a group, so that a
// reader steps over a key's history without looking at it. A key whose versions do not fit goes on in the
// next block.
//
//   block   := group* restart:fixed32* restart_count:fixed32
//   group   := shared:varint unshared:varint versions_bytes:varint key_suffix version+
//   version := commit:varint ordinal:varint recency:varint value_size:varint value
//
// shared bytes of the key are those of the group before; at a restart point (where kRestartInterval groups or
// kRestartBytes have passed since the last one; the first group always) it is 0. restart is the offset of
// such a group. The commit of a group's first version stands as it is, that of each later one as the
// difference to the version before it (never negative). recency is 0 while nothing supersedes the version,
// else what its recency exceeds its commit by, plus one.
//
// A Block never changes: any thread. Builder and reader belong to one thread. The reader passes no limit
// whatever the bytes say: its steps return false, at the end or on bytes that cannot be (then is_damaged()).
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/coding.h"
#include "lsm/key_head.h"
#include "lsm/recency.h"

namespace spectradb::lsm {

inline constexpr uint32_t kRestartInterval = 16;  // groups
inline constexpr size_t kRestartBytes = 1024;

class BlockBuilder {
 public:
  bool is_empty() const { return groups_.empty() && group_.empty(); }
  size_t size_bytes() const {
    return groups_.size() + group_.size() + key_.size() + restarts_.size() * sizeof(uint32_t);
  }

  // In the order of versions; key, commit and ordinal never repeat.
  void add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
           std::string_view value);
  // The whole block; valid until reset().
  std::string_view finish();
  void reset();

 private:
  void end_group();

  std::string groups_;
  std::string group_;        // versions of the growing group
  std::string key_;          // of the growing group
  std::string written_key_;  // of the last group in groups_
  uint64_t commit_ = 0;      // of the last version in group_
  uint32_t groups_since_restart_ = 0;
  std::vector<uint32_t> restarts_;
};

class Block {
 public:
  // Takes the uncompressed bytes; restart_count() is 0 when the restart array cannot be right.
  Block(std::unique_ptr<char[]> bytes, size_t size_bytes);

  size_t size_bytes() const { return size_bytes_ + directory_.capacity() * sizeof(Place); }  // in memory
  const char* groups() const { return bytes_.get(); }
  uint32_t groups_bytes() const { return groups_bytes_; }
  uint32_t restart_count() const { return restart_count_; }
  uint32_t restart(uint32_t index) const {
    return load_fixed32(bytes_.get() + groups_bytes_ + index * sizeof(uint32_t));
  }

  // Made when the block is read: where each group begins, and the first bytes of its key behind what all keys
  // of the block share. A point read so touches few cache lines. Empty where the groups cannot be right.
  struct Place {
    uint64_t head;  // as a number that compares as the bytes do
    uint32_t offset;
  };
  const std::vector<Place>& directory() const { return directory_; }
  std::string_view common_prefix() const { return common_prefix_; }  // of all keys

 private:
  void make_directory();

  std::unique_ptr<char[]> bytes_;
  size_t size_bytes_;
  uint32_t groups_bytes_ = 0;
  uint32_t restart_count_ = 0;
  std::vector<Place> directory_;
  std::string_view common_prefix_;  // in the first key
};

// Stands on a version of a block, which outlives its use.
class BlockReader {
 public:
  void reset(const Block* block);
  bool is_damaged() const { return damaged_; }

  bool to_first();                              // the first version of the block
  bool seek(std::string_view user_key);         // the first version of the first key >= user_key
  bool seek_before(std::string_view user_key);  // the first version of the last key < user_key
  bool next_version();                          // of the same key; false at the end of its group
  bool next_group();                            // the first version of the next key

  std::string_view user_key() const { return {key_, key_size_}; }
  uint64_t commit() const { return commit_; }
  uint32_t ordinal() const { return ordinal_; }
  uint64_t recency() const { return recency_; }
  std::string_view value() const { return value_; }

 private:
  friend class Block;  // walks its groups once

  struct GroupHeader {
    uint32_t shared;
    uint32_t unshared;
    uint32_t versions_bytes;
    const char* suffix;
  };

  bool damage() {
    damaged_ = true;
    return false;
  }
  bool read_header(const char* from, GroupHeader* header);
  bool enter_group(const char* from);  // reads key and first version
  bool read_key(const char* from);     // the same without the version; group_end_ is set
  bool read_version(bool is_first);
  bool enter_place(size_t place);  // reads its key; false where only the restart points give it
  bool seek_in_directory(std::string_view user_key, bool* found);
  bool restart_key(uint32_t index, std::string_view* user_key);
  bool last_restart_before(std::string_view user_key, uint32_t* index);
  void reserve_key(size_t size);

  const Block* block_ = nullptr;
  const char* limit_ = nullptr;  // end of the groups
  const char* next_ = nullptr;   // next version of the group
  const char* group_end_ = nullptr;
  const char* key_ = nullptr;  // in the block (at restart points) or in buffer_
  size_t key_size_ = 0;
  std::unique_ptr<char[]> buffer_;
  size_t buffer_size_ = 0;
  uint64_t commit_ = 0;
  uint64_t recency_ = kNeverSuperseded;
  uint32_t ordinal_ = 0;
  bool damaged_ = false;
  std::string_view value_;
};

}  // namespace spectradb::lsm

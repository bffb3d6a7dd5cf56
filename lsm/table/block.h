// The data block of an SSTable: versions of ascending keys, the versions of one key in a group, so that a
// reader steps over a key's history without looking at it. A key whose versions do not fit goes on in the
// next block.
//
//   block    := times_bytes:varint times group* restart* restart_count:fixed32
//   times    := version_count:varint commit:column ordinal:column recency:column packed packed packed
//   column   := min:varint bits:byte                                bits: 0 to 57, or 64
//   packed   := what each version's number exceeds min by, in so many bits, low ones first; then zero bits
//               to the next byte
//   group    := shared:varint unshared:varint count:varint versions_bytes:varint key_suffix versions
//   versions := value where count is 1, else (value_size:varint value) count times
//   restart  := offset:fixed32 version:fixed32
//
// Commits, ordinals and recencies look random to a compressor, and spoil its statistics of what stands beside
// them: they lie apart, in as few bits as they need, and stay as they are when the rest is compressed. A
// version's number is its place in the block. recency is 0 while nothing supersedes the version, else what
// its recency exceeds its commit by, plus one.
//
// shared bytes of the key are those of the group before; at a restart point (where kRestartInterval groups or
// kRestartBytes have passed since the last one; the first group always) it is 0. A restart is the offset of
// such a group behind the times, and its first version.
//
// A Block never changes, but for its directory and valid times: any thread. Builder and reader belong to one thread. The
// reader passes no limit whatever the bytes say: its steps return false, at the end or on bytes that cannot
// be (then is_damaged()).
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/coding.h"
#include "lsm/base/key_head.h"
#include "lsm/base/recency.h"
#include "lsm/base/version_cursor.h"
#include "lsm/table/packed_numbers.h"

namespace spectradb::lsm {

class VersionProperties;

inline constexpr uint32_t kRestartInterval = 16;  // groups
inline constexpr size_t kRestartBytes = 1024;

// The parts of a block, one behind the other, of which only the value may be large.
struct LoneVersion {
  std::string_view times;  // to stay uncompressed
  std::string_view head;
  std::string_view value;
  std::string_view tail;

  size_t size_bytes() const { return times.size() + head.size() + value.size() + tail.size(); }
};

class BlockBuilder {
 public:
  bool is_empty() const { return times_.empty(); }
  size_t size_bytes() const {
    return groups_.size() + group_.size() + key_.size() + restarts_.size() * kRestartEntryBytes +
           times_.size() * kTimesBytes;
  }

  // In the order of versions; key, commit and ordinal never repeat.
  void add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
           std::string_view value);
  // Returns the whole block; valid until reset(). Its first plain_bytes(), the times, are to stay
  // uncompressed.
  std::string_view finish();
  size_t plain_bytes() const { return plain_bytes_; }
  // Returns the whole block of one version, whose value is not copied, in an empty builder; valid until
  // reset().
  LoneVersion alone(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
                    std::string_view value);
  void reset();

 private:
  static constexpr size_t kTimesBytes = 4;  // of a version, about
  static constexpr size_t kRestartEntryBytes = 2 * sizeof(uint32_t);

  struct Times {
    uint64_t commit;
    uint64_t recency;  // as encoded in the block
    uint32_t ordinal;
  };
  struct Restart {
    uint32_t offset;
    uint32_t version;
  };

  void end_group();
  std::string packed_times() const;
  void append_restarts(std::string& out) const;

  std::string groups_;
  std::string group_;             // versions of the growing group, each with its size
  uint32_t group_count_ = 0;      // of them
  size_t first_value_bytes_ = 0;  // the value at the end of the first one
  std::string key_;               // of the growing group
  std::string written_key_;       // of the last group in groups_
  std::vector<Times> times_;
  std::string block_;  // once finished
  size_t plain_bytes_ = 0;
  uint32_t groups_since_restart_ = 0;
  std::vector<Restart> restarts_;
};

class Block {
 public:
  // Takes the uncompressed bytes; restart_count() and version_count() are 0 when times or restarts cannot be right.
  Block(std::unique_ptr<char[]> bytes, size_t size_bytes);
  ~Block() {
    delete directory_.load(std::memory_order_acquire);
    delete valid_times_.load(std::memory_order_acquire);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  // Returns how many bytes at the start of a stored block are its times, which are not compressed. 0: the
  // times pass the block's end.
  static size_t plain_bytes(std::string_view stored);

  size_t size_bytes() const { return size_bytes_; }  // in memory, without directory and valid times
  const char* groups() const { return groups_; }
  uint32_t groups_bytes() const { return groups_bytes_; }
  uint32_t restart_count() const { return restart_count_; }
  uint32_t restart(uint32_t index) const { return load_fixed32(restart_at(index)); }
  uint32_t restart_version(uint32_t index) const {
    return load_fixed32(restart_at(index) + sizeof(uint32_t));
  }

  // Whether each restart is where a group begins, and has the number of that group's first version. Readers do not
  // ask: they find out where the bytes make no sense, but not where they make another one.
  bool has_right_restarts() const;

  uint32_t version_count() const { return version_count_; }
  uint64_t commit(uint32_t version) const { return commits_.at(version); }
  // The first version from that one on with that commit or a later one; version_count() if there is none.
  uint32_t find_since(uint64_t min_commit, uint32_t version) const {
    if (commits_.min >= min_commit) return version;
    while (version < version_count_ && commits_.at(version) < min_commit) ++version;
    return version;
  }
  // The first version from that one on of up to `max_commit` that is not superseded by that other commit.
  uint32_t find_shown(uint64_t max_commit, uint64_t superseded_by, uint32_t version) const {
    for (; version < version_count_; ++version) {
      const uint64_t at = commits_.at(version);
      if (at > max_commit) continue;
      const uint64_t superseded = recencies_.at(version);
      if (superseded == 0 || at + (superseded - 1) > superseded_by) break;
    }
    return version;
  }
  uint64_t ordinal(uint32_t version) const { return ordinals_.at(version); }
  uint64_t recency(uint32_t version) const { return recencies_.at(version); }  // as encoded in the block

  // Where each group begins, with the bytes of its key behind the prefix that all keys of the block share.
  // A point read then touches few cache lines. Making a directory takes as long as ten point reads without
  // one, so only blocks that are read again and again get one.
  struct Place {
    uint64_t head;  // as a number that compares as the bytes do
    uint32_t offset;
    uint32_t version;  // the first one
  };
  struct Directory {
    std::vector<Place> places;       // empty where the groups are damaged
    std::string_view common_prefix;  // of all keys; in the first one
  };
  // The valid times of all versions, and where in the groups each begins: a reader at an instant then passes over
  // the others of a key without decoding them.
  struct ValidTime {
    int64_t from;
    int64_t to;
    uint32_t offset;
  };
  struct ValidTimes {
    std::vector<ValidTime> versions;  // empty where the groups are damaged
  };
  // Makes the valid times when it is called again; returns their size in memory, or 0 when it made none.
  size_t make_valid_times(const VersionProperties& properties) const;
  const ValidTimes* valid_times() const {
    return valid_times_.load(std::memory_order_acquire);
  }  // null: none
  // Makes the directory; returns its size in memory, or 0 when the block had one already.
  size_t make_directory() const;
  const Directory* directory() const { return directory_.load(std::memory_order_acquire); }  // null: none

 private:
  bool open_times();
  bool open_restarts();
  const char* restart_at(uint32_t index) const {
    return groups_ + groups_bytes_ + size_t{index} * 2 * sizeof(uint32_t);
  }
  Directory directory_of_groups() const;
  ValidTimes valid_times_of_groups(const VersionProperties& properties) const;

  std::unique_ptr<char[]> bytes_;
  size_t size_bytes_;
  const char* groups_;
  uint32_t version_count_ = 0;
  PackedNumbers commits_;
  PackedNumbers ordinals_;
  PackedNumbers recencies_;
  uint32_t groups_bytes_ = 0;
  uint32_t restart_count_ = 0;
  mutable std::atomic<const Directory*> directory_{nullptr};     // never changes once it is set
  mutable std::atomic<const ValidTimes*> valid_times_{nullptr};  // so do these
  mutable std::atomic<bool> was_read_at_instant_{false};
};

// A position on a version of a block. The block must outlive the reader.
class BlockReader {
 public:
  void reset(const Block* block);
  bool is_damaged() const { return damaged_; }

  bool to_first();                              // the first version of the block
  bool seek(std::string_view user_key);         // the first version of the first key >= user_key
  bool seek_before(std::string_view user_key);  // the first version of the last key < user_key
  bool next_version();                          // of the same key; false at the end of its group
  // The next one of the same key that may be valid then; where the block has valid times, others are passed over.
  bool next_version_at(const ValidRange& range);
  // Whether the block's valid times tell that the version is not valid then.
  bool is_outside(const ValidRange& range) const;
  bool next_group();  // the first version of the next key
  // Moves to the next key that has a version of `min_commit` or later; keys between are not read.
  bool next_group_since(uint64_t min_commit);
  // Moves to the next key that has a version of up to `max_commit` whose recency is greater than
  // `superseded_by`; keys between are not read. At the block's beginning, where reset() leaves the reader, the
  // next key is the first one.
  bool next_group_shown(uint64_t max_commit, uint64_t superseded_by);
  // Has the processor fetch the group behind the current one.
  void prefetch_next_group() const {
    constexpr ptrdiff_t kFetchedBytes = 320;  // an entry with 512 half bytes
    constexpr ptrdiff_t kLineBytes = 64;
    for (ptrdiff_t at = 0; at < kFetchedBytes && at < limit_ - group_end_; at += kLineBytes)
      __builtin_prefetch(group_end_ + at);
  }

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
    uint32_t count;
    uint32_t versions_bytes;
    const char* suffix;
  };

  bool damage() {
    damaged_ = true;
    return false;
  }
  bool read_header(const char* from, GroupHeader* header);
  bool enter_group(const char* from);  // reads key and first version
  bool read_key(const char* from);     // without entering its versions; sets group_end_
  void stand_before(uint32_t version) { version_ = group_versions_end_ = version; }
  bool read_version(bool is_first);
  // Moves to the key with this version, which is behind the current key.
  bool enter_group_of(uint32_t wanted);
  // Reads the key at a place of the directory. Returns false where only the restart points can give it.
  bool enter_place(const Block::Directory& directory, size_t place);
  bool seek_in_directory(std::string_view user_key, bool* found);
  bool restart_key(uint32_t index, std::string_view* user_key);
  bool last_restart_before(std::string_view user_key, uint32_t* index);
  void reserve_key(size_t size);

  const Block* block_ = nullptr;
  const char* limit_ = nullptr;  // end of the groups
  const char* next_ = nullptr;   // next version of the group
  const char* group_end_ = nullptr;
  uint32_t version_ = 0;             // the place of the next version in the block
  uint32_t group_versions_end_ = 0;  // the place of the first version of the next group
  bool is_single_ = false;           // the group has one version
  const char* key_ = nullptr;        // in the block (at restart points) or in buffer_
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

// What a store that lives in a database needs of it besides the blocks of its SSTables: a row for each
// file, a head row that is about all files, and the frames of commits that no file has yet. Every call
// runs inside a transaction that the caller has opened, and sees its snapshot. Only the thread that uses
// the connection calls it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/file/block_rows.h"

namespace spectradb::lsm {

inline constexpr uint64_t kAllFrames = UINT64_MAX;

class StoreRows : public BlockRows {
 public:
  struct File {
    // Zero: the head row; its `place` is a version number of all rows, its `meta` a manifest.
    uint64_t number = 0;
    uint32_t shard = 0;
    uint32_t level = 0;
    uint64_t group = 0;  // of history
    uint32_t run = 0;    // of the group
    uint64_t place = 0;  // in level 0, where newer files have greater ones
    uint64_t salt = 0;   // random: after a restore another file may get the same number
    std::string meta;
    std::string from_key;  // earlier keys have been merged into other files; empty in most rows
    uint64_t seal = 0;     // a checksum of the row; the head's covers the seals of all others, too

    bool operator==(const File&) const = default;
  };
  virtual Result<uint64_t> version() = 0;         // kMissing without a head row
  virtual Result<std::vector<File>> files() = 0;  // by their numbers
  virtual Status put_file(const File& file) = 0;  // replaces the row of the same number
  virtual Status remove_file(uint64_t number) = 0;
  // Returns the first file number >= `number` that has blocks; checks use it.
  virtual Result<std::optional<uint64_t>> next_with_blocks(uint64_t number) = 0;
  // Returns the offset of the first row of the file that does not end where the next one begins; checks use it.
  virtual Result<std::optional<uint64_t>> find_misfit(uint64_t file) = 0;

  using VisitFrame = std::function<Status(uint64_t commit, uint64_t token, std::string_view frame)>;
  virtual Status frames_behind(uint64_t commit, const VisitFrame& visit) = 0;  // by their numbers
  virtual Result<std::optional<uint64_t>> token_of(uint64_t commit) = 0;       // nothing: no such commit
  // Forgets the oldest frames up to this commit, whose facts are in files, but no more than `at_most`; returns
  // how many there were.
  virtual Result<uint64_t> forget_frames(uint64_t up_to_commit, uint64_t at_most) = 0;
};

}  // namespace spectradb::lsm

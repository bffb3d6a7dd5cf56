// What a store that lives in a database asks of it: besides the blocks of its SSTables a row for each file, one for what
// is true of all of them, and the frames of commits that are in no file yet. Every call belongs to the transaction that
// is open there and sees what its snapshot shows; the caller makes sure that there is one. The thread that uses the
// connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/file/block_rows.h"

namespace spectradb::lsm {

class StoreRows : public BlockRows {
 public:
  struct File {
    uint64_t number =
        0;  // zero: the head, of which `place` is the version of all of them, and `meta` a manifest
    uint32_t shard = 0;
    uint32_t level = 0;
    uint64_t group = 0;  // of history
    uint32_t run = 0;    // of the group
    uint64_t place = 0;  // in level 0, where newer files have greater ones
    uint64_t salt = 0;   // random: a file of a database that was restored may have the number of another one
    std::string meta;
    std::string from_key;  // what is before it was merged into other files; mostly empty
    uint64_t seal = 0;     // a checksum of the row; the head's covers the seals of all others, too

    bool operator==(const File&) const = default;
  };
  virtual Result<uint64_t> version() = 0;         // the head's place; kMissing where there is no head
  virtual Result<std::vector<File>> files() = 0;  // by their numbers
  virtual Status put_file(const File& file) = 0;  // in the place of the one with its number
  virtual Status remove_file(uint64_t number) = 0;
  // The first file from this number on that has blocks; for checks.
  virtual Result<std::optional<uint64_t>> next_with_blocks(uint64_t number) = 0;

  using VisitFrame = std::function<Status(uint64_t commit, uint64_t token, std::string_view frame)>;
  virtual Status frames_behind(uint64_t commit, const VisitFrame& visit) = 0;  // by their numbers
  virtual Result<std::optional<uint64_t>> token_of(uint64_t commit) = 0;  // nothing: there is no such commit
  virtual Status forget_frames(uint64_t up_to_commit) = 0;                // they are in files
};

}  // namespace spectradb::lsm

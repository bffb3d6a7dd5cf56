// The manifest: which files a store consists of. Each edit writes the whole of it anew, beside the old one,
// and renames it into place: a crash leaves the old or the new one. One thread at a time.
//
//   manifest := magic:fixed64 version:fixed32 body_bytes:fixed32 body checksum:fixed64
//   body     := store_id:bytes shard_count:varint next_file:varint log_segment:varint log_offset:varint
//               flushed_commit:varint flushed_frame:fixed64 knob_count:varint knob*
//               range_count:varint range* file_count:varint file*
//   knob     := name:bytes value:varint
//   range    := from:bytes to:bytes                 of retired keys, ascending, apart from one another
//   file     := shard:varint level:varint [group:varint run:varint] file_meta
//                                                   group and run: where level is 7, history
//
// Version 5 is version 4 of a store whose frames may have salts (log_format.h).
//
// The checksum is XXH3_64 of all bytes before it. Files of level 0 stand newest first, others in key order;
// those of history in the order of groups, runs and keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/file/file.h"
#include "lsm/log/log_format.h"
#include "lsm/store/store.h"
#include "lsm/table/sstable_format.h"

namespace spectradb::lsm {

struct Manifest {
  struct File {
    uint32_t shard;
    uint32_t level;  // kHistoryLevel for history
    FileMeta meta;
    uint32_t group = 0;  // of history
    uint32_t run = 0;    // of the group
  };

  StoreId store_id;
  uint32_t shard_count = 0;
  uint64_t next_file = 1;       // numbers below are used
  LogPosition log_start;        // behind the frame of flushed_commit; what is before is on disk, or gone
  uint64_t flushed_commit = 0;  // every commit up to this one is in SSTables
  uint64_t flushed_frame = 0;   // the token of its frame
  KeptKnobs knobs;              // in the order of their names; ones that this release does not know stay
  RetiredKeys retired;
  // Whether frames of the log may have salts. The store of an earlier release has none until this one commits to it, and
  // says so before: releases that know no salts would take the log for one that ends there.
  bool has_salts = true;
  std::vector<File> files;

  std::string encode() const;
  static Result<Manifest> decode(const std::string& path, std::string_view bytes);

  // kMissing when there is none.
  static Result<Manifest> read(FileSystem& file_system, const std::string& directory);
  // Edits in two steps. stage() writes the new manifest beside the old one, which stays in force.
  // put_in_place() puts the staged manifest in force, durably when it returns ok; after it fails either of
  // the two may be in force.
  Status stage(FileSystem& file_system, const std::string& directory) const;
  static Status put_in_place(FileSystem& file_system, const std::string& directory);

  // The checksum of the manifest's bytes. It tells whether another process has put another manifest in
  // place.
  uint64_t checksum() const { return checksum64(encode(), 0); }
  uint64_t seed() const { return checksum64(store_id, 0); }
};

inline constexpr uint32_t kMaxLevels = 7;
inline constexpr uint32_t kHistoryLevel = kMaxLevels;
inline constexpr uint32_t kMaxHistoryGroups = 4096;
inline constexpr uint32_t kMaxHistoryRuns = 256;  // of a group

}  // namespace spectradb::lsm

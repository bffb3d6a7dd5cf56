// Replays the commit log into a memtable and decides what of its tail to cut; done while a store is opened,
// and when another process has flushed. The plan is made by reading only; apply_cut() then writes, and only
// if there is something to cut: for the one process that has the store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lsm/log/log_format.h"
#include "lsm/log/manifest.h"
#include "lsm/memory/memtable.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

struct Recovery {
  // What lies between the flushed commits and the memtable, oldest first, where a commit was spilled: one of
  // memtable and tables.
  struct Part {
    std::shared_ptr<const Memtable> memtable;
    std::vector<SpilledTable> tables;  // newest first
    LogPosition log_start;  // the log is needed from here on once this and what is older is flushed
    uint64_t last_commit = 0;
    uint64_t last_frame = 0;
  };
  std::vector<Part> parts;
  std::shared_ptr<Memtable> memtable = std::make_shared<Memtable>();  // commits behind the flushed ones
  uint64_t last_commit = 0;
  uint64_t last_frame = 0;             // its token, 0 for commit 0
  LogPosition end;                     // where the log goes on
  bool is_synced = false;              // all before `end` is on disk
  std::vector<uint64_t> old_segments;  // no longer needed by the manifest

  // The tail of the log that no commit of the database owns: from (cut_segment, cut_offset) to the log's end.
  bool has_cut = false;
  uint64_t cut_segment = 0;
  uint64_t cut_offset = 0;  // zero: the segment's own header is torn
  uint64_t cut_frames = 0;  // whole frames in the tail
  uint64_t cut_commit = 0;  // the last commit of any of them
  std::vector<uint64_t> segments_behind_cut;
  std::vector<uint64_t> cut_tables;  // their numbers, which its frames name

  std::vector<std::string>
      restored;  // frames that the log lost, from the coordinator's copies: they follow the cut
};

// kAlone: nobody else has the store, so all of the log is read, and what no commit owns may be cut. kShared:
// others may write behind the last commit, so nothing behind it is read; a frame token of zero in `committed`
// is not compared.
enum class LogUse : uint8_t { kAlone, kShared };
Result<Recovery> plan_recovery(FileSystem& file_system, const std::string& directory,
                               const Manifest& manifest, const Committed& committed, LogUse use);

// What an attempt to commit has left goes, more is set aside; kAll: also what looks like an attempt.
enum class KeepCut : uint8_t { kCommits, kAll };
Status apply_cut(FileSystem& file_system, const std::string& directory, Recovery& recovery,
                 KeepCut keep = KeepCut::kCommits);
// That the database is an older one than that which the store belongs to.
Status newer_than_database(const std::string& directory, uint64_t has, uint64_t committed,
                           const std::string& way_out);
// Appends the restored frames and syncs the log, so that no copy is needed any more. After apply_cut().
Status write_restored(FileSystem& file_system, const std::string& directory, uint64_t seed,
                      Recovery& recovery);

}  // namespace spectradb::lsm

// Replays the commit log into a memtable and plans what of its tail to cut, while a store is opened and
// after another process has flushed. Planning only reads. apply_cut() writes, and only if there is
// something to cut; only a process that is alone with the store calls it.
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
  // One step between the flushed commits and the memtable, oldest first; exists only where a commit was
  // spilled. It is either a memtable or a list of tables.
  struct Part {
    std::shared_ptr<const Memtable> memtable;
    std::vector<SpilledTable> tables;  // newest first
    LogPosition log_start;  // where the log must begin once this part and all older ones are flushed
    uint64_t last_commit = 0;
    uint64_t last_frame = 0;
  };
  std::vector<Part> parts;
  std::shared_ptr<Memtable> memtable = std::make_shared<Memtable>();  // commits behind the flushed ones
  uint64_t last_commit = 0;
  uint64_t last_frame = 0;             // the token of its frame, 0 for commit 0
  std::vector<FullSegment> full;       // those before the segment of `end`, as far as they are still needed
  LogPosition end;                     // where the next frame goes
  bool is_synced = false;              // all before `end` is on disk
  std::vector<uint64_t> old_segments;  // no longer needed by the manifest

  // The tail of the log that no commit of the database owns: from (cut_segment, cut_offset) to the log's end.
  bool has_cut = false;
  uint64_t cut_segment = 0;
  uint64_t cut_offset = 0;  // zero: the segment's own header is torn
  uint64_t cut_frames = 0;  // how many whole frames the tail has
  uint64_t cut_commit = 0;  // the greatest commit among them
  std::vector<uint64_t> segments_behind_cut;
  std::vector<uint64_t> cut_tables;  // numbers of the SSTables that the tail's frames name

  // Frames that the log lost, taken from the coordinator's copies; they are appended after the cut.
  std::vector<std::string> restored;
};

// kAlone: no other process has the store, so the whole log is read, and frames that no commit owns may be
// cut. kShared: other processes may be writing behind the last commit, so nothing behind it is read; and a
// frame token of zero in `committed` means that the token is not compared.
enum class LogUse : uint8_t { kAlone, kShared };
Result<Recovery> plan_recovery(FileSystem& file_system, const std::string& directory,
                               const Manifest& manifest, const Committed& committed, LogUse use);

// Which cut frames are kept in `.cut` files. kCommits: drops the frame of a single attempt to commit,
// keeps a longer tail. kAll: keeps the frame of an attempt, too.
enum class KeepCut : uint8_t { kCommits, kAll };
Status apply_cut(FileSystem& file_system, const std::string& directory, Recovery& recovery,
                 KeepCut keep = KeepCut::kCommits);
// Makes the error that says: the database is older than its store.
Status newer_than_database(const std::string& directory, uint64_t has, uint64_t committed,
                           const std::string& way_out);
// Appends the restored frames and syncs the log, so that no copy is needed any more. After apply_cut().
Status write_restored(FileSystem& file_system, const std::string& directory, uint64_t seed,
                      Recovery& recovery);

}  // namespace spectradb::lsm

// Appends frames to the commit log; log_format.h has the grammar. The store's writer calls it, one thread
// at a time, while its process holds the coordinator's write lock: so only one process at a time appends.
//
// A frame is an attempt until accept(): without it the next append() overwrites the frame. So an abort
// need not cut anything off, and nothing is touched after the coordinator's lock is released. After a
// failed sync nobody knows what the disk holds, so the log refuses every later append until the store is
// opened again.
//
// Somebody may remove or replace a segment while it is open, or copy an older one over it. A frame behind that would be
// lost with the process's memory. So before each frame the last one must stand where it was written, by its token, and
// the full segments must end as they did, until they are flushed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsm/file/file.h"
#include "lsm/log/log_format.h"
#include "lsm/memory/write_batch_rep.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

class CommitLog {
 public:
  // The log ends at `end`, behind the frame of the token (0: there is none, or it is not known). `is_synced`: all that
  // lies before is on disk.
  CommitLog(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed, LogPosition end,
            bool is_synced, uint64_t token = 0, const std::vector<FullSegment>& full = {});

  // Writes a frame at end(). With `is_last` it ends its segment, and the next commit begins a new one;
  // such a frame is synced whatever `sync` and `wants_sync` (see Store::prepare) say, so that no later
  // frame can outlive it. `salt` is that of encode_frame_header().
  Result<PreparedFrame> append(uint64_t commit, const WriteBatch::Rep& batch, Sync sync,
                               const std::function<bool()>& wants_sync, bool is_last, std::string_view salt);
  void accept();  // the commit of the last append() exists; end() moves behind its frame
  // Moves end() behind commits of other processes: behind a frame that stands there, or to where the log was read to
  // anew. Whether these synced their frames is unknown.
  void follow(const LogFrame& frame);
  void follow_to(LogPosition end, uint64_t token, const std::vector<FullSegment>& full);
  // kIo where a full segment from `first` on is not there as it was. Earlier ones are forgotten.
  Status check_full(uint64_t first);
  LogPosition end() const { return end_; }  // behind the last commit's frame
  const Status& broken() const { return broken_; }

 private:
  Status open_segment();
  bool has_last_frame() const;
  void move_to(LogPosition end, uint64_t token);
  Status was_changed(uint64_t segment) const;
  Status begin_segment();
  Result<uint64_t> write_frame(uint64_t commit, const WriteBatch::Rep& batch, bool is_last,
                               std::string_view salt);  // the frame's token
  bool may_copy(uint64_t frame_bytes) const;
  Status sync_all();
  Status refuse(const Status& cause);
  std::string path() const { return path_of(end_.segment); }
  std::string path_of(uint64_t segment) const;

  const std::shared_ptr<FileSystem> file_system_;
  const std::string directory_;
  const uint64_t seed_;
  LogPosition end_;
  uint64_t token_;  // of the frame before end_, 0 where it is not known
  struct Full {
    FullSegment known;
    std::optional<FileStamp> stamp;  // of the file, when it was last read
  };
  std::vector<Full> full_;             // ascending
  bool is_unsynced_ = true;            // bytes of the open segment may not be on disk yet
  bool is_directory_unsynced_ = true;  // the open segment's name may not be on disk yet
  // Bytes of the frames since the last sync.
  uint64_t copied_bytes_ = 0;  // frames of which the caller keeps a copy
  bool has_uncopied_;
  struct Attempt {
    LogPosition end;
    uint64_t frame_end = 0;
    uint64_t token = 0;
    uint64_t copy_bytes = 0;  // zero when the caller keeps no copy
    bool is_synced = false;
  };
  Attempt attempt_;                     // the last append
  std::unique_ptr<WritableFile> file_;  // of the segment of end_, null until it is needed
  Status broken_;                       // why every append is refused
  std::string buffer_;
};

}  // namespace spectradb::lsm

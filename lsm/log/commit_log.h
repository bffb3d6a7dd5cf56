// Appends frames to the commit log; log_format.h has the grammar. The store's writer calls it, one thread at
// a time, while its process has the coordinator's write lock: so only one process at a time appends.
//
// A frame is an attempt until accept(): the next append() takes its place. So nothing needs to be cut off,
// and nothing is touched when the coordinator's lock is gone. After a failed sync, which leaves unknown what
// the disk holds, the log refuses every later append until the store is opened again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lsm/file/file.h"
#include "lsm/log/log_format.h"
#include "lsm/memory/write_batch_rep.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

class CommitLog {
 public:
  // `is_synced`: all that lies before `end` is on disk.
  CommitLog(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed, LogPosition end,
            bool is_synced);

  // Writes the frame at end(). `is_last`: the commit after it begins a new segment; such a frame is synced
  // whatever `sync` and `wants_sync` (see Store::prepare) say, so that no later one can outlive it.
  Result<PreparedFrame> append(uint64_t commit, const WriteBatch::Rep& batch, Sync sync,
                               const std::function<bool()>& wants_sync, bool is_last);
  void accept();  // the commit of the last append exists
  // Other processes' commits lie before this place: what they left unsynced is not known.
  void follow_to(LogPosition end);
  LogPosition end() const { return end_; }  // behind the last commit's frame
  const Status& broken() const { return broken_; }

 private:
  Status open_segment();
  Status begin_segment();
  Result<uint64_t> write_frame(uint64_t commit, const WriteBatch::Rep& batch,
                               bool is_last);  // the frame's token
  bool may_copy(uint64_t frame_bytes) const;
  Status sync_all();
  Status refuse(const Status& cause);
  std::string path() const;

  const std::shared_ptr<FileSystem> file_system_;
  const std::string directory_;
  const uint64_t seed_;
  LogPosition end_;
  bool is_unsynced_ = true;            // bytes of the open segment may not be on disk yet
  bool is_directory_unsynced_ = true;  // the open segment's name may not be
  // The frames behind the last sync.
  uint64_t copied_bytes_ = 0;  // of those that the caller keeps
  bool has_uncopied_;
  struct Attempt {
    LogPosition end;
    uint64_t copy_bytes = 0;  // zero when the caller keeps no copy
    bool is_synced = false;
  };
  Attempt attempt_;                     // the last append
  std::unique_ptr<WritableFile> file_;  // of the segment of end_, null until it is needed
  Status broken_;                       // why every append is refused
  std::string buffer_;
};

}  // namespace spectradb::lsm

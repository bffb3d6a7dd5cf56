// Appends frames to the commit log; log_format.h has the grammar. The store's writer calls it, one thread at
// a time.
//
// A failed append is taken back by cutting the segment to where it began. Where that fails too, and after any
// failed sync (which leaves unknown what the disk holds), the log refuses every later append until the store
// is opened again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lsm/file.h"
#include "lsm/store.h"
#include "lsm/write_batch_rep.h"

namespace spectradb::lsm {

class CommitLog {
 public:
  // Goes on in `segment`, which exists when `exists`, else is made by the first append.
  CommitLog(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed, uint64_t segment,
            bool exists);

  Result<PreparedFrame> append(uint64_t commit, const WriteBatch::Rep& batch, Sync sync);
  Status cut_last();  // removes the frame of the last append
  void rotate();      // the next append begins a new segment
  uint64_t next_segment() const { return segment_ + (rotate_ ? 1 : 0); }  // where the next append goes
  const Status& broken() const { return broken_; }

 private:
  Status open_segment();
  Status end_segment();
  Status begin_segment(uint64_t segment);
  Result<uint64_t> write_frame(uint64_t commit, const WriteBatch::Rep& batch);  // the frame's token
  bool may_copy(uint64_t frame_bytes) const;
  Status sync_all();
  Status refuse(const Status& cause);
  std::string path() const;

  const std::shared_ptr<FileSystem> file_system_;
  const std::string directory_;
  const uint64_t seed_;
  uint64_t segment_;
  bool exists_;  // the segment's file does
  bool rotate_ = false;
  bool is_unsynced_ = true;             // bytes of the open segment may not be on disk yet
  bool is_directory_unsynced_ = false;  // the open segment's name may not be
  bool last_is_synced_ = false;         // the last frame was synced
  uint64_t last_frame_ = 0;             // offset of the last append
  // The frames behind the last sync.
  uint64_t copies_ = 0;           // that the caller keeps
  uint64_t copied_bytes_ = 0;     // of those
  uint64_t last_copy_bytes_ = 0;  // of the last append, zero when it was not copied
  bool has_uncopied_ = false;
  std::unique_ptr<WritableFile> file_;  // of segment_, null until it is needed
  Status broken_;                       // why every append is refused
  std::string buffer_;
};

}  // namespace spectradb::lsm

#include "lsm/commit_log.h"

#include "lsm/file_names.h"
#include "lsm/log_format.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kBufferBytes = 256u << 10;
// What one frame, and all together, may have before the log is synced instead: a copy costs the coordinator
// its bytes once more, a sync some 200 µs.
constexpr uint64_t kMaxCopyBytes = 32u << 10;
constexpr uint64_t kMaxCopiedBytes = 256u << 10;

}  // namespace

CommitLog::CommitLog(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed,
                     uint64_t segment, bool exists)
    : file_system_(std::move(file_system)),
      directory_(std::move(directory)),
      seed_(seed),
      segment_(segment),
      exists_(exists) {}

std::string CommitLog::path() const { return path_in(directory_, log_name(segment_)); }

Status CommitLog::refuse(const Status& cause) {
  broken_ = Status::io("the commit log " + path() + " failed (" + cause.message() +
                       "); close and reopen the database to write again");
  return broken_;
}

Status CommitLog::begin_segment(uint64_t segment) {
  auto file = file_system_->create(path_in(directory_, log_name(segment)));
  if (!file) return file.status();
  SPECTRADB_RETURN_IF_ERROR((*file)->append(encode_segment_header(segment, seed_)));
  file_ = std::move(*file);
  segment_ = segment;
  exists_ = true;
  rotate_ = false;
  is_unsynced_ = true;
  is_directory_unsynced_ = true;
  return Status::ok();
}

// A later frame must not outlive an earlier one.
Status CommitLog::end_segment() {
  if (file_ == nullptr) {
    auto file = file_system_->append_to(path());
    if (!file && file.status().code() == Code::kMissing) return Status::ok();  // flushed and removed already
    if (!file) return file.status();
    file_ = std::move(*file);
  }
  Status synced = sync_all();
  return synced ? synced : refuse(synced);
}

Status CommitLog::open_segment() {
  if (rotate_) {
    SPECTRADB_RETURN_IF_ERROR(end_segment());
    return begin_segment(segment_ + 1);
  }
  if (file_ != nullptr) return Status::ok();
  if (!exists_) return begin_segment(segment_);
  auto file = file_system_->append_to(path());
  if (!file) return file.status();
  file_ = std::move(*file);
  return Status::ok();
}

Status CommitLog::sync_all() {
  if (is_unsynced_) SPECTRADB_RETURN_IF_ERROR(file_->sync());
  is_unsynced_ = false;
  if (is_directory_unsynced_) SPECTRADB_RETURN_IF_ERROR(file_system_->sync_directory(directory_));
  is_directory_unsynced_ = false;
  copies_ = 0;
  copied_bytes_ = 0;
  has_uncopied_ = false;
  return Status::ok();
}

bool CommitLog::may_copy(uint64_t frame_bytes) const {
  return frame_bytes <= kMaxCopyBytes && copied_bytes_ + frame_bytes <= kMaxCopiedBytes && !has_uncopied_;
}

Result<PreparedFrame> CommitLog::append(uint64_t commit, const WriteBatch::Rep& batch, Sync sync) {
  if (!broken_) return broken_;
  SPECTRADB_RETURN_IF_ERROR(open_segment());
  const uint64_t start = file_->size();
  auto token = write_frame(commit, batch);
  if (!token) {
    if (Status cut = file_->truncate(start); !cut) return refuse(cut);
    return token.status();
  }
  PreparedFrame frame{*token, {}, 0};
  last_frame_ = start;
  last_copy_bytes_ = 0;
  is_unsynced_ = true;
  const uint64_t frame_bytes = file_->size() - start;
  const bool copies = sync == Sync::kCopy && may_copy(frame_bytes);
  last_is_synced_ = sync != Sync::kNone && !copies;
  if (copies) {
    frame.copy = buffer_;  // a small frame is written whole
    frame.copy_number = copies_++;
    last_copy_bytes_ = frame_bytes;
    copied_bytes_ += frame_bytes;
  } else if (sync == Sync::kNone) {
    has_uncopied_ = true;
  } else {
    if (Status synced = sync_all(); !synced) {
      const Status refused = refuse(synced);
      (void)file_->truncate(start);  // the frame must not come back; if this fails, recovery cuts it
      return refused;
    }
  }
  return frame;
}

Result<uint64_t> CommitLog::write_frame(uint64_t commit, const WriteBatch::Rep& batch) {
  const auto runs = batch.living_runs();
  uint64_t body_bytes = 0;
  for (const auto& run : runs) {
    body_bytes += varint_size(run.first_ordinal) + varint_size(run.count) + varint_size(run.records.size()) +
                  run.records.size();
  }
  RunningChecksum checksum(seed_);
  buffer_ = encode_frame_header(commit, body_bytes, seed_);
  const auto write_buffer = [&]() -> Status {
    checksum.update(buffer_);
    SPECTRADB_RETURN_IF_ERROR(file_->append(buffer_));
    buffer_.clear();
    return Status::ok();
  };
  for (const auto& run : runs) {
    put_varint(buffer_, run.first_ordinal);
    put_varint(buffer_, run.count);
    put_varint(buffer_, run.records.size());
    if (run.records.size() < kBufferBytes) {
      buffer_.append(run.records);
      if (buffer_.size() >= kBufferBytes) SPECTRADB_RETURN_IF_ERROR(write_buffer());
    } else {
      SPECTRADB_RETURN_IF_ERROR(write_buffer());
      checksum.update(run.records);
      SPECTRADB_RETURN_IF_ERROR(file_->append(run.records));
    }
  }
  checksum.update(buffer_);
  const uint64_t token = token_of(checksum);
  put_fixed64(buffer_, token);
  SPECTRADB_RETURN_IF_ERROR(file_->append(buffer_));
  return token;
}

Status CommitLog::cut_last() {
  if (!broken_) return broken_;
  if (Status cut = file_->truncate(last_frame_); !cut) return refuse(cut);
  if (last_copy_bytes_ > 0) {
    copied_bytes_ -= last_copy_bytes_;
    copies_ -= 1;
    last_copy_bytes_ = 0;
  }
  if (last_is_synced_) {
    // What was durable must be gone before another frame of the same number may be written without a sync.
    if (Status synced = file_->sync(); !synced) return refuse(synced);
  }
  return Status::ok();
}

void CommitLog::rotate() { rotate_ = exists_; }

}  // namespace spectradb::lsm

#include "lsm/log/commit_log.h"

#include "base/assert.h"
#include "lsm/base/coding.h"
#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kBufferBytes = 256u << 10;
// The limits for one frame and for all frames behind the last sync, beyond which the log is synced instead of
// copying: a copy makes the coordinator write the bytes once more, a sync costs some 200 µs.
constexpr uint64_t kMaxCopyBytes = 32u << 10;
constexpr uint64_t kMaxCopiedBytes = 256u << 10;

std::string spilled_tables_of(const WriteBatch::Rep& batch) {
  std::vector<SpilledTable> tables;
  for (auto run = batch.spilled.rbegin(); run != batch.spilled.rend(); ++run) {
    for (uint32_t shard = 0; shard < (*run)->shards.size(); ++shard) {
      for (const auto& table : (*run)->shards[shard]) tables.push_back({shard, table->meta()});
    }
  }
  return tables.empty() ? std::string() : encode_spilled(tables);
}

}  // namespace

CommitLog::CommitLog(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed,
                     LogPosition end, bool is_synced, uint64_t token, const std::vector<FullSegment>& full)
    : file_system_(std::move(file_system)),
      directory_(std::move(directory)),
      seed_(seed),
      end_(end),
      token_(token),
      has_uncopied_(!is_synced) {
  for (const FullSegment& segment : full) full_.push_back({segment, std::nullopt});
}

std::string CommitLog::path_of(uint64_t segment) const { return path_in(directory_, log_name(segment)); }

Status CommitLog::was_changed(uint64_t segment) const {
  const Result<bool> is_there = file_system_->exists(path_of(segment));
  return Status::io("the commit log " + path_of(segment) + " was " +
                    (is_there && *is_there ? "replaced or cut off" : "removed") +
                    " while the database was open: put it back as it was, or restore the database and its "
                    "store from a backup");
}

// An older copy ends earlier, or with another attempt.
bool CommitLog::has_last_frame() const {
  if (!file_->has_name() || file_->size() < end_.offset) return false;
  if (token_ == 0) return true;
  std::string token;
  put_fixed64(token, token_);
  return file_->has_at(end_.offset - kFrameTokenBytes, token);
}

Status CommitLog::check_full(uint64_t first) {
  std::erase_if(full_, [first](const Full& full) { return full.known.segment < first; });
  for (Full& full : full_) {
    const FullSegment& known = full.known;
    const std::string path = path_of(known.segment);
    const auto stamp = file_system_->stamp(path);
    if (!stamp) return stamp.status().code() == Code::kMissing ? was_changed(known.segment) : stamp.status();
    if (full.stamp == *stamp) continue;
    const auto file = file_system_->open(path);
    if (!file) return file.status().code() == Code::kMissing ? was_changed(known.segment) : file.status();
    ReadBuffer header_bytes;
    ReadBuffer token_bytes;
    const auto header = (*file)->read(0, kSegmentHeaderBytes, header_bytes);
    const auto token = (*file)->read(known.end - kFrameTokenBytes, kFrameTokenBytes, token_bytes);
    const bool is_it = header && token && is_segment_header(*header, known.segment, seed_) &&
                       load_fixed64(token->data()) == known.token;
    if (!is_it) return was_changed(known.segment);
    full.stamp = *stamp;
  }
  return Status::ok();
}

Status CommitLog::refuse(const Status& cause) {
  broken_ = Status::io("the commit log " + path() + " failed (" + cause.message() +
                       "); close and reopen the database to write again");
  return broken_;
}

Status CommitLog::begin_segment() {
  SPECTRADB_ASSIGN_OR_RETURN(auto file, file_system_->create(path()));
  SPECTRADB_RETURN_IF_ERROR(file->append(encode_segment_header(end_.segment, seed_)));
  file_ = std::move(file);
  end_.offset = kSegmentHeaderBytes;
  is_unsynced_ = true;
  is_directory_unsynced_ = true;
  return Status::ok();
}

// Opens the segment of end_, so that the next append goes there. A segment without a commit is made anew:
// another process may have died while it made it.
Status CommitLog::open_segment() {
  if (end_.offset <= kSegmentHeaderBytes) return begin_segment();
  // Another process may have cut an attempt of this one off, so its size is asked for anew.
  if (file_ != nullptr && file_->size() != end_.offset) file_.reset();
  if (file_ == nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, file_system_->append_to(path()));
    file_ = std::move(file);
  }
  if (!has_last_frame()) return was_changed(end_.segment);
  return file_->size() == end_.offset ? Status::ok() : file_->truncate(end_.offset);
}

Status CommitLog::sync_all() {
  if (is_unsynced_) SPECTRADB_RETURN_IF_ERROR(file_->sync());
  is_unsynced_ = false;
  if (is_directory_unsynced_) SPECTRADB_RETURN_IF_ERROR(file_system_->sync_directory(directory_));
  is_directory_unsynced_ = false;
  copied_bytes_ = 0;
  has_uncopied_ = false;
  return Status::ok();
}

bool CommitLog::may_copy(uint64_t frame_bytes) const {
  return frame_bytes <= kMaxCopyBytes && copied_bytes_ + frame_bytes <= kMaxCopiedBytes && !has_uncopied_;
}

Result<PreparedFrame> CommitLog::append(uint64_t commit, const WriteBatch::Rep& batch, Sync sync,
                                        const std::function<bool()>& wants_sync, bool is_last,
                                        std::string_view salt) {
  if (!broken_) return broken_;
  attempt_ = {};
  if (!batch.spilled.empty()) {  // the frame must not outlive the names of its tables
    if (Status synced = file_system_->sync_directory(directory_); !synced) return refuse(synced);
  }
  if (is_last) full_.reserve(full_.size() + 1);  // accept() must not fail
  SPECTRADB_RETURN_IF_ERROR(open_segment());
  SPECTRADB_ENSURE(file_->size() == end_.offset);  // a frame begins where recovery looks for it
  auto token = write_frame(commit, batch, is_last, salt);
  if (!token) {
    (void)file_->truncate(end_.offset);  // gives back the space; the next append goes to end_ anyway
    return token.status();
  }
  PreparedFrame frame{*token, {}, false};
  is_unsynced_ = true;
  const uint64_t frame_bytes = file_->size() - end_.offset;
  attempt_.frame_end = file_->size();
  attempt_.token = *token;
  attempt_.end = is_last ? LogPosition{end_.segment + 1, 0} : LogPosition{end_.segment, file_->size()};
  if (!is_last && sync == Sync::kCopy && may_copy(frame_bytes)) {
    frame.copy = buffer_;  // a small frame was written as a whole, so the buffer has all of it
    attempt_.copy_bytes = frame_bytes;
  } else if (is_last || (sync != Sync::kNone && (!wants_sync || wants_sync()))) {
    if (Status synced = sync_all(); !synced) {
      const Status refused = refuse(synced);
      (void)file_->truncate(end_.offset);  // the frame must not come back; if this fails, recovery cuts it
      return refused;
    }
    attempt_.is_synced = true;
    frame.is_synced = true;
  }
  return frame;
}

void CommitLog::accept() {
  SPECTRADB_ASSERT(attempt_.end.segment > end_.segment || attempt_.end.offset > end_.offset);
  if (attempt_.copy_bytes > 0) {
    copied_bytes_ += attempt_.copy_bytes;
  } else if (!attempt_.is_synced) {
    has_uncopied_ = true;
  }
  if (attempt_.end.segment != end_.segment) {
    full_.push_back({{end_.segment, attempt_.frame_end, attempt_.token}, std::nullopt});
    file_.reset();
  }
  end_ = attempt_.end;
  token_ = attempt_.token;
  attempt_ = {};
}

void CommitLog::follow(const LogFrame& frame) {
  if (frame.is_last) full_.push_back({{end_.segment, frame.end, frame.token}, std::nullopt});
  move_to(position_behind(end_.segment, frame), frame.token);
}

void CommitLog::follow_to(LogPosition end, uint64_t token, const std::vector<FullSegment>& full) {
  full_.clear();
  for (const FullSegment& segment : full) full_.push_back({segment, std::nullopt});
  move_to(end, token);
}

void CommitLog::move_to(LogPosition end, uint64_t token) {
  token_ = token;
  if (end == end_) return;
  end_ = end;
  file_.reset();
  is_unsynced_ = true;
  is_directory_unsynced_ = true;
  has_uncopied_ = true;
}

Result<uint64_t> CommitLog::write_frame(uint64_t commit, const WriteBatch::Rep& batch, bool is_last,
                                        std::string_view salt) {
  const auto runs = batch.living_runs();
  const std::string spilled = spilled_tables_of(batch);
  uint64_t body_bytes = spilled.size();
  for (const auto& run : runs) {
    body_bytes += varint_size(run.first_ordinal) + varint_size(run.count) + varint_size(run.records.size()) +
                  run.records.size();
  }
  [[maybe_unused]] const uint64_t begin = file_->size();
  RunningChecksum checksum(seed_);
  buffer_ = encode_frame_header(commit, body_bytes, is_last, salt, seed_) + spilled;
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
  // The next frame is found by the length in this header.
  SPECTRADB_ENSURE(file_->size() - begin == kFrameHeaderBytes + salt.size() + body_bytes + kFrameTokenBytes);
  return token;
}

}  // namespace spectradb::lsm

#include "lsm/log/log_tail.h"

#include <algorithm>

#include "lsm/file/file_names.h"

namespace spectradb::lsm {

std::optional<LogFrame> LogTail::frame_at(const LogPosition& position) {
  const uint64_t offset = std::max(position.offset, kSegmentHeaderBytes);
  if (file_ != nullptr && segment_ == position.segment) {
    if (auto frame = frame_in_bytes(offset)) return frame;
    if (auto frame = read_at(offset)) return frame;  // otherwise another file may have the name by now
  }
  return open(position.segment) ? read_at(offset) : std::nullopt;
}

bool LogTail::open(uint64_t segment) {
  bytes_ = {};
  file_.reset();
  auto file = file_system_->open_growing(path_in(directory_, log_name(segment)));
  if (!file) return false;
  const auto header = (*file)->read_from(0);
  if (!header || !is_segment_header(*header, segment, seed_)) return false;
  file_ = std::move(*file);
  segment_ = segment;
  return true;
}

std::optional<LogFrame> LogTail::read_at(uint64_t offset) {
  bytes_ = {};
  const auto read = file_->read_from(offset);
  if (!read) return std::nullopt;
  bytes_ = *read;
  begin_ = offset;
  return frame_in_bytes(offset);
}

std::optional<LogFrame> LogTail::frame_in_bytes(uint64_t offset) const {
  if (offset < begin_) return std::nullopt;
  auto frame = read_frame(bytes_, offset - begin_, seed_);
  if (!frame) return std::nullopt;
  frame->offset += begin_;
  frame->end += begin_;
  return frame;
}

}  // namespace spectradb::lsm

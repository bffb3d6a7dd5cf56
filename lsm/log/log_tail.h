// The frames behind a position of the commit log, as other processes append them. The segment stays open from
// one reading to the next: opening it takes longer than reading a frame. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lsm/file/file.h"
#include "lsm/log/log_format.h"

namespace spectradb::lsm {

class LogTail {
 public:
  LogTail(std::shared_ptr<FileSystem> file_system, std::string directory, uint64_t seed)
      : file_system_(std::move(file_system)), directory_(std::move(directory)), seed_(seed) {}

  // Forgets the bytes read so far, since the log may have changed: frames of failed attempts are
  // overwritten.
  void refresh() { bytes_ = {}; }

  // Returns the frame at the position, read at the first call since refresh() or later. Returns nothing
  // where no whole frame stands, or where the segment cannot be read. Valid until the next call.
  std::optional<LogFrame> frame_at(const LogPosition& position);

 private:
  bool open(uint64_t segment);
  std::optional<LogFrame> frame_in_bytes(uint64_t offset) const;
  std::optional<LogFrame> read_at(uint64_t offset);

  const std::shared_ptr<FileSystem> file_system_;
  const std::string directory_;
  const uint64_t seed_;
  std::unique_ptr<GrowingFile> file_;  // null: none is open
  uint64_t segment_ = 0;               // of file_
  std::string_view bytes_;             // of file_, from begin_ on
  uint64_t begin_ = 0;
};

}  // namespace spectradb::lsm

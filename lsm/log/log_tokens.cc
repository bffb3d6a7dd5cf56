#include "lsm/log/log_tokens.h"

#include "lsm/file/file_names.h"
#include "lsm/log/log_format.h"

namespace spectradb::lsm {

Result<std::map<uint64_t, uint64_t>> tokens_of_log(FileSystem& file_system, const std::string& directory,
                                                   uint64_t seed) {
  std::map<uint64_t, uint64_t> tokens;
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system.list(directory));
  for (const std::string& name : names) {
    const std::optional<uint64_t> segment = log_segment_of(name);
    if (!segment) continue;
    const Result<std::string> bytes = file_system.read_whole(path_in(directory, name));
    if (!bytes && bytes.status().code() == Code::kNoMemory) return bytes.status();
    if (!bytes || !is_segment_header(*bytes, *segment, seed)) continue;
    uint64_t offset = kSegmentHeaderBytes;
    for (auto frame = read_frame(*bytes, offset, seed); frame; frame = read_frame(*bytes, offset, seed)) {
      tokens[frame->commit] = frame->token;
      offset = frame->end;
    }
  }
  return tokens;
}

}  // namespace spectradb::lsm

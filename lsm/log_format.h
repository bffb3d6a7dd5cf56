// A segment of the commit log: one frame for each transaction.
//
//   segment := magic:fixed64 segment_number:fixed64 checksum:fixed64 frame*     the checksum covers the two
//   before it frame   := magic:fixed32 checksum:fixed32 body_bytes:fixed64 commit:fixed64 body token:fixed64
//              the checksum covers body_bytes and commit, so that a length is never believed untested
//   body    := run*
//   run     := first_ordinal:varint count:varint records_bytes:varint record*   ordinals count up from the
//   first record  := key_size:varint key value_size:varint value
//
// The token covers the frame from its magic to the end of the body; it is never 0 (0 is written as 1). All
// checksums are XXH3_64, seeded by the store's id, so that another store's log cannot be taken for this
// one's.
//
// Reading is pure; any thread. Every length is bounded by the bytes given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lsm/checksum.h"
#include "lsm/coding.h"
#include "lsm/status.h"

namespace spectradb::lsm {

inline constexpr uint64_t kSegmentMagic = 0x31474f4c53445053u;  // "SPDSLOG1"
inline constexpr uint64_t kSegmentHeaderBytes = 24;
inline constexpr uint32_t kFrameMagic = 0x4d524653u;  // "SFRM"
inline constexpr uint64_t kFrameHeaderBytes = 24;
inline constexpr uint64_t kFrameTokenBytes = 8;

struct LogFrame {
  uint64_t offset;  // of its first byte in the segment
  uint64_t end;     // behind its last byte
  uint64_t commit;
  uint64_t token;
  std::string_view body;
};

std::string encode_segment_header(uint64_t segment, uint64_t seed);
bool is_segment_header(std::string_view bytes, uint64_t segment, uint64_t seed);

std::string encode_frame_header(uint64_t commit, uint64_t body_bytes, uint64_t seed);
uint64_t token_of(const RunningChecksum& checksum);

// The frame that begins at the offset, or nothing when the bytes there are not a whole, undamaged one.
std::optional<LogFrame> read_frame(std::string_view segment, uint64_t offset, uint64_t seed);

// The first whole frame at or behind the offset, found by its magic.
std::optional<LogFrame> find_frame(std::string_view segment, uint64_t offset, uint64_t seed);

// False when the body does not follow the grammar.
bool for_each_record(
    const LogFrame& frame,
    const std::function<void(uint32_t ordinal, std::string_view user_key, std::string_view value)>&);

}  // namespace spectradb::lsm

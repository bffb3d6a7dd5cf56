// A segment of the commit log: one frame for each transaction. The magic of a frame says whether it has a salt, and
// whether it is the last of its segment: then the next commit's frame begins the next one. What stands behind the
// frame of the last commit that exists is an attempt that did not become a commit, or its rest.
//
//   segment := magic:fixed64 segment_number:fixed64 checksum:fixed64 frame*
//   frame   := magic:fixed32 checksum:fixed32 body_bytes:fixed64 commit:fixed64 [salt:16] body token:fixed64
//   body    := run* | spilled
//   run     := first_ordinal:varint count:varint records_bytes:varint record*
//   record  := key_size:varint key value_size:varint value
//   spilled := 0:varint 0:varint tables_bytes:varint table*         newest first
//   table   := shard:varint file_meta
//
// The checksum of a segment covers what stands before it, that of a frame body_bytes and commit: a length
// is never believed untested. Ordinals count up from a run's first, and from run to run. `spilled` names
// SSTables of a commit that was too large for memory; sstable_format.h has file_meta.
//
// The token covers the frame from its magic to the end of the body; it is never 0 (0 is written as 1). All
// checksums are XXH3_64, seeded by the store's id, so that another store's log cannot be taken for this
// one's.
//
// Tokens stay when frames go, and facts may be erased: without the salt, random bytes that go with the frame, whoever
// guesses all facts of a commit could tell by its token. Earlier releases wrote frames without a salt.
//
// Reading is pure; any thread. Every length is bounded by the bytes given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"
#include "lsm/table/sstable_format.h"

namespace spectradb::lsm {

inline constexpr uint64_t kSegmentMagic = 0x31474f4c53445053u;  // "SPDSLOG1"
inline constexpr uint64_t kSegmentHeaderBytes = 24;
inline constexpr uint32_t kFrameMagic = 0x53524653u;              // "SFRS"
inline constexpr uint32_t kLastFrameMagic = 0x45524653u;          // "SFRE"
inline constexpr uint32_t kUnsaltedFrameMagic = 0x4d524653u;      // "SFRM"
inline constexpr uint32_t kLastUnsaltedFrameMagic = 0x4c524653u;  // "SFRL"
inline constexpr uint64_t kFrameHeaderBytes = 24;
inline constexpr uint64_t kFrameSaltBytes = 16;
inline constexpr uint64_t kFrameTokenBytes = 8;

struct LogFrame {
  uint64_t offset;  // of its first byte in the segment
  uint64_t end;     // behind its last byte
  uint64_t commit;
  uint64_t token;
  bool is_last;           // of its segment
  std::string_view salt;  // empty: it has none
  std::string_view body;
};

// Where a frame may begin.
struct LogPosition {
  uint64_t segment = 1;
  uint64_t offset = 0;  // zero: the segment is yet to be made, and a file of its name is of no worth

  bool operator==(const LogPosition&) const = default;
};

// A segment that is full: nobody writes it any more, and it must be there as it is until all of it is in SSTables.
struct FullSegment {
  uint64_t segment = 0;
  uint64_t end = 0;    // behind its last frame
  uint64_t token = 0;  // of that frame
};

inline LogPosition position_behind(uint64_t segment, const LogFrame& frame) {
  return frame.is_last ? LogPosition{segment + 1, 0} : LogPosition{segment, frame.end};
}

std::string encode_segment_header(uint64_t segment, uint64_t seed);
bool is_segment_header(std::string_view bytes, uint64_t segment, uint64_t seed);

Result<std::string> new_frame_salt();
uint32_t frame_magic(bool is_last, bool is_salted);
// What stands before the body. `salt`: kFrameSaltBytes, or empty for a frame as earlier releases wrote it.
std::string encode_frame_header(uint64_t commit, uint64_t body_bytes, bool is_last, std::string_view salt,
                                uint64_t seed);
uint64_t token_of(const RunningChecksum& checksum);

// The frame that begins at the offset, or nothing when the bytes there are not a whole, undamaged one.
std::optional<LogFrame> read_frame(std::string_view segment, uint64_t offset, uint64_t seed);

// The first whole frame at or behind the offset, found by its magic.
std::optional<LogFrame> find_frame(std::string_view segment, uint64_t offset, uint64_t seed);

// A table that a frame names.
struct SpilledTable {
  uint32_t shard;
  FileMeta meta;
};
std::string encode_spilled(const std::vector<SpilledTable>& tables);
// Returns the tables that the frame names; most frames name none. Returns nothing when the body does not
// follow the grammar, or names a table that this commit cannot have spilled in a store of `shard_count`
// shards.
std::optional<std::vector<SpilledTable>> spilled_tables(const LogFrame& frame, uint64_t shard_count);

// False when the body does not follow the grammar.
bool for_each_record(
    const LogFrame& frame,
    const std::function<void(uint32_t ordinal, std::string_view user_key, std::string_view value)>&);

}  // namespace spectradb::lsm

// An SSTable: immutable, sorted versions of one shard.
//
//   file        := [dictionary] data* filter index properties footer
//   stored(x)   := bytes compression:byte checksum:fixed32
//                  compression 0: bytes = x; 1: bytes = zstd(x); 2: the same with the dictionary
//   dictionary  := stored(zstd dictionary)                                  never compressed
//   data        := stored(block)
//   filter      := stored(bloom)                                            never compressed
//   index       := stored(table_index)
//   properties  := stored(file_meta)                                        never compressed
//   table_index := count:varint stored_size* size* shared* unshared* last_commit* last_ordinal*
//                  min_commit* max_commit* min_recency* max_recency*
//                  min_valid_from* max_valid_from* min_valid_to* max_valid_to* key_suffix*
//                  each `count` times, varints but for the suffixes
//   bounds      := min_commit max_commit min_recency max_recency
//                  min_valid_from max_valid_from min_valid_to max_valid_to  fixed64 each
//   file_meta   := number:varint size:varint versions:varint keys:varint raw_bytes:varint
//                  first_key:bytes last_key:bytes last_commit:varint last_ordinal:varint bounds
//   footer      := filter:handle index:handle index_size:fixed64 properties:handle number:fixed64
//                  version:fixed32 dictionary_size:fixed32 checksum:fixed64 magic:fixed64
//   handle      := offset:fixed64 stored_size:fixed64
//
// block.h has block, bloom.h bloom. bytes := size:varint, then so many bytes.
//
// The checksum of stored(x) covers bytes and compression; its seed is the file's seed plus the offset, so
// that no block can stand in for another. Of a data block all but its times is compressed, which stay as
// they are. The dictionary is what the blocks of a larger file have in common.
//
// The index goes through the blocks, which lie one behind the other, the first behind the dictionary.
// Stored sizes are without the 5 bytes behind, size is uncompressed. A block's last key has `shared` bytes
// of that of the block before, then a suffix of `unshared` bytes. last_commit is told from the file's
// min_commit on, and bounds by what they lie within those of the file: from its least up, or from its most
// down.
//
// size of file_meta is 0 inside the file itself; the manifest repeats the rest with the size.
// dictionary_size is the stored bytes at the start of the file, without the 5 behind; 0: none.
#pragma once

#include <cstdint>
#include <string>

#include "lsm/base/bounds.h"
#include "lsm/base/checksum.h"
#include "lsm/base/coding.h"
#include "lsm/memory/version_list.h"

namespace spectradb::lsm {

inline constexpr uint64_t kSstableMagic = 0x3154535344505321u;  // "!SPDSST1"
inline constexpr uint32_t kSstableVersion = 5;
inline constexpr uint64_t kStoredTrailerBytes = 5;  // compression and checksum
inline constexpr uint64_t kFooterBytes = 88;
inline constexpr char kRaw = 0;
inline constexpr char kZstd = 1;
inline constexpr char kZstdWithDictionary = 2;

// The limits of how much larger an index may be uncompressed than stored, and its keys than their file, so
// that a few bytes cannot claim all memory. zstd reaches such ratios only with long keys that are nearly
// the same. Sizes up to the floor are always allowed.
inline constexpr uint64_t kMostExpansion = 4096;
inline constexpr uint64_t kExpansionFloorBytes = 64u << 20;

inline uint64_t sstable_seed(uint64_t store_seed, uint64_t file_number) {
  return store_seed ^ (file_number * 0x9e3779b97f4a7c15u);
}

struct BlockHandle {
  uint64_t offset = 0;       // bytes from the start of the file
  uint64_t stored_size = 0;  // bytes on disk, without the trailer
};

// What the manifest and the reader know of a file without opening it.
struct FileMeta {
  uint64_t number = 0;
  uint64_t size_bytes = 0;  // on disk
  uint64_t version_count = 0;
  uint64_t key_count = 0;
  uint64_t raw_bytes = 0;  // of its data blocks, uncompressed
  std::string first_key;
  std::string last_key;
  uint64_t last_commit = 0;   // of the last version
  uint32_t last_ordinal = 0;  // of the last version
  Bounds bounds;

  // History files hold superseded versions only, current files hold no superseded ones.
  bool is_history() const { return bounds.max_recency != kNeverSuperseded; }
  VersionPosition last() const { return {last_key, last_commit, last_ordinal}; }

  void encode(std::string& out) const {
    for (const uint64_t field : {number, size_bytes, version_count, key_count, raw_bytes})
      put_varint(out, field);
    put_bytes(out, first_key);
    put_bytes(out, last_key);
    put_varint(out, last_commit);
    put_varint(out, last_ordinal);
    bounds.encode(out);
  }

  static FileMeta decode(ByteReader& reader) {
    FileMeta meta;
    for (uint64_t* field :
         {&meta.number, &meta.size_bytes, &meta.version_count, &meta.key_count, &meta.raw_bytes}) {
      *field = reader.varint();
    }
    meta.first_key = reader.bytes();
    meta.last_key = reader.bytes();
    meta.last_commit = reader.varint();
    meta.last_ordinal = reader.varint32();
    meta.bounds = Bounds::decode(reader);
    return meta;
  }
};

}  // namespace spectradb::lsm

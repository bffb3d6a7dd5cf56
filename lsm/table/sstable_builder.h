// Writes one SSTable, from versions in order. A failure leaves a partial file that the caller removes. The
// file is durable once finish() returned ok; its directory entry is up to the caller. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lsm/file/file.h"
#include "lsm/table/block.h"
#include "lsm/table/compression.h"
#include "lsm/table/known_dictionaries.h"
#include "lsm/table/sstable_format.h"
#include "lsm/table/table_index.h"

namespace spectradb::lsm {

struct SstableOptions {
  uint32_t block_bytes;
  uint32_t bloom_bits_per_key;
  int compression_level;
  uint64_t store_seed;
  KnownDictionaries* dictionaries = nullptr;  // outlives the builder; null: the file makes its own
  // Each block, and every other part that is read as a whole, begins an append to the file and is the only
  // one in it; else many share an append.
  bool is_written_by_blocks = false;
  // The largest row that a stored block may be in, 0 where blocks are in no rows. Blocks that stay
  // uncompressed end before they exceed it: the rest would be a row that has a page for itself.
  uint64_t row_bytes = 0;
};

class SstableBuilder {
 public:
  SstableBuilder(const SstableOptions& options, uint64_t number, std::unique_ptr<WritableFile> file);

  Status add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
             std::string_view value, const VersionBounds& valid);
  // Bytes of whole blocks so far; blocks that wait for the dictionary count uncompressed.
  uint64_t size_bytes() const { return offset_ + waiting_bytes_; }
  std::string_view last_key() const { return meta_.last_key; }
  // Tells of the versions added so far; finish() sets sizes and bounds.
  const FileMeta& meta() const { return meta_; }
  Result<FileMeta> finish();

 private:
  struct EndedBlock {
    std::string bytes;
    size_t plain_bytes;  // how many bytes at its beginning stay uncompressed

    std::string_view rest() const { return std::string_view(bytes).substr(plain_bytes); }
  };

  void note(std::string_view user_key, uint64_t commit, uint32_t ordinal);
  Status end_block();
  bool exceeds_row(std::string_view user_key, std::string_view value) const;
  Status note_block(size_t size_bytes);
  Status write_block(std::string_view block, size_t plain_bytes);
  Status write_alone(const LoneVersion& block);
  Status end_waiting();
  Status choose_dictionary();
  std::string make_dictionary_of_waiting(double* ratio);
  double ratio_of_waiting(std::string_view dictionary, size_t first, size_t step);
  Status write_waiting();
  Status write_stored(std::string_view bytes, size_t plain_bytes, BlockHandle* handle);
  Status write_parts(std::span<const std::string_view> parts, char compression, BlockHandle* handle);
  uint32_t checksum_of(std::span<const std::string_view> parts, uint64_t size_bytes, uint64_t seed);
  Status write(std::string_view bytes);
  Status write_pieces(std::string_view bytes);
  Status write_buffered();
  Status end_unit();  // ends a part that is read as a whole

  SstableOptions options_;
  uint64_t seed_;
  std::unique_ptr<WritableFile> file_;
  Compressor compressor_;
  BlockBuilder block_;
  Bounds block_bounds_;
  FileMeta meta_;
  std::vector<uint64_t> key_hashes_;
  TableIndexBuilder index_;
  // The first blocks wait until there are enough for a dictionary, or the file ends.
  std::vector<EndedBlock> waiting_;
  uint64_t waiting_bytes_ = 0;
  bool is_waiting_ = true;
  bool stays_raw_ = false;        // the last block, and so probably the next one
  char zstd_ = kZstd;             // or kZstdWithDictionary
  uint64_t dictionary_size_ = 0;  // stored
  std::string compressed_;        // scratch
  std::string stored_;            // the same
  std::string buffer_;            // bytes that are not handed to the file yet
  uint64_t offset_ = 0;           // where the next byte goes, buffer_ included
};

}  // namespace spectradb::lsm

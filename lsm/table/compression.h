// zstd, with the contexts kept for the next call. A Compressor or Decompressor belongs to one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/file/file.h"

namespace spectradb::lsm {

class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  // True when the result is smaller by enough to be worth it.
  bool compress(std::string_view bytes, std::string* out);
  // The same of parts that are one behind the other; for a MiB and more.
  bool compress_large(std::span<const std::string_view> parts, std::string* out);
  // Sets the dictionary for the blocks that follow; they can be decompressed only with it. Empty: no
  // dictionary.
  void use_dictionary(std::string_view dictionary);

 private:
  bool may_shrink(std::string_view bytes, std::string* out);
  bool stream(std::string_view bytes, bool is_last, size_t bytes_max, size_t* size, std::string* out);

  struct Context;
  std::unique_ptr<Context> context_;
};

// Makes a dictionary for blocks of about block_bytes: some of their bytes, and statistics of all. Returns
// an empty string where no dictionary can be made of them.
std::string make_dictionary(const std::vector<std::string_view>& blocks, size_t block_bytes,
                            int compression_level);

// A dictionary ready for uncompressing. Any thread.
class Dictionary {
 public:
  // Returns the dictionary in memory that has been loaded from the same bytes, or loads a new one. Returns
  // null when the bytes are no dictionary.
  static std::shared_ptr<const Dictionary> load(std::string_view bytes);
  ~Dictionary();
  size_t size_bytes() const;  // in memory

 private:
  friend class Decompressor;
  struct Digest;
  class Loaded;
  explicit Dictionary(std::unique_ptr<Digest> digest);
  std::unique_ptr<Digest> digest_;
};

class Decompressor;

// Contexts that Decompressors leave for later ones: making a context costs more than decompressing many
// blocks. Any thread.
class DecompressorPool {
 public:
  DecompressorPool();
  ~DecompressorPool();

 private:
  friend class Decompressor;
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

class Decompressor {
 public:
  explicit Decompressor(DecompressorPool* pool = nullptr);  // the pool outlives this
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  // Whether `bytes` may decompress to size_bytes, by their headers alone; asked before memory is taken for
  // the result.
  static bool may_yield(std::string_view bytes, size_t size_bytes);
  // Fills exactly size_bytes; false when the bytes do not yield exactly that many.
  bool decompress(std::string_view bytes, char* out, size_t size_bytes,
                  const Dictionary* dictionary = nullptr);
  ReadBuffer input;  // compressed bytes may be read into it
  // The last large block that was read for iterators that leave values out (lsm/table/sstable.h).
  struct LargeBlock {
    uint64_t table = 0;
    size_t block = 0;
    bool was_read = false;              // since the owner of the sources last released large blocks
    std::shared_ptr<const void> bytes;  // null: none
  };
  LargeBlock large;

 private:
  friend class DecompressorPool;
  struct Context;
  DecompressorPool* pool_;
  std::unique_ptr<Context> context_;  // taken or made at the first use
};

}  // namespace spectradb::lsm

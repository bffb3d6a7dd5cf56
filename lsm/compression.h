// zstd, with the contexts kept for the next call. A Compressor or Decompressor belongs to one thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lsm/status.h"

namespace spectradb::lsm {

class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  // True when the result is smaller by enough to be worth it.
  bool compress(std::string_view bytes, std::string* out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

class Decompressor;

// Contexts that Decompressors leave for the next ones: making one costs more than many blocks. Any thread.
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
  // Fills exactly size_bytes; false when the bytes do not yield exactly that many.
  bool decompress(std::string_view bytes, char* out, size_t size_bytes);

 private:
  friend class DecompressorPool;
  struct Context;
  DecompressorPool* pool_;
  std::unique_ptr<Context> context_;  // taken or made at the first use
};

}  // namespace spectradb::lsm

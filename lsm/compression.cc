#include "lsm/compression.h"

#include <zstd.h>

#include <mutex>
#include <new>
#include <vector>

namespace spectradb::lsm {
namespace {

constexpr size_t kLeastGain = 8;  // keep the compressed form when it saves an eighth
constexpr size_t kMaxIdleContexts = 16;

}  // namespace

struct Compressor::Context {
  explicit Context(int wanted_level) : level(wanted_level), zstd(ZSTD_createCCtx()) {}
  ~Context() { ZSTD_freeCCtx(zstd); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  int level;
  ZSTD_CCtx* zstd;  // null when memory was short: nothing is compressed then
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>(level)) {}
Compressor::~Compressor() = default;

bool Compressor::compress(std::string_view bytes, std::string* out) {
  if (context_->zstd == nullptr) return false;
  out->resize(ZSTD_compressBound(bytes.size()));
  const size_t size = ZSTD_compressCCtx(context_->zstd, out->data(), out->size(), bytes.data(), bytes.size(),
                                        context_->level);
  if (ZSTD_isError(size) != 0 || size > bytes.size() - bytes.size() / kLeastGain) return false;
  out->resize(size);
  return true;
}

struct Decompressor::Context {
  Context() : zstd(ZSTD_createDCtx()) {
    if (zstd == nullptr) throw std::bad_alloc();  // and not "the bytes are damaged"
  }
  ~Context() { ZSTD_freeDCtx(zstd); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ZSTD_DCtx* zstd;
};

struct DecompressorPool::Contexts {
  std::mutex mutex;
  std::vector<std::unique_ptr<Decompressor::Context>> idle;
};

DecompressorPool::DecompressorPool() : contexts_(std::make_unique<Contexts>()) {
  contexts_->idle.reserve(kMaxIdleContexts);  // giving one back cannot fail
}
DecompressorPool::~DecompressorPool() = default;

Decompressor::Decompressor(DecompressorPool* pool) : pool_(pool) {}

Decompressor::~Decompressor() {
  if (pool_ == nullptr || context_ == nullptr) return;
  const std::lock_guard lock(pool_->contexts_->mutex);
  if (pool_->contexts_->idle.size() < kMaxIdleContexts) pool_->contexts_->idle.push_back(std::move(context_));
}

bool Decompressor::decompress(std::string_view bytes, char* out, size_t size_bytes) {
  if (context_ == nullptr && pool_ != nullptr) {
    const std::lock_guard lock(pool_->contexts_->mutex);
    if (!pool_->contexts_->idle.empty()) {
      context_ = std::move(pool_->contexts_->idle.back());
      pool_->contexts_->idle.pop_back();
    }
  }
  if (context_ == nullptr) context_ = std::make_unique<Context>();
  return ZSTD_decompressDCtx(context_->zstd, out, size_bytes, bytes.data(), bytes.size()) == size_bytes;
}

}  // namespace spectradb::lsm

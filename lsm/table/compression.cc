#include "lsm/table/compression.h"

#define ZSTD_STATIC_LINKING_ONLY         // ZSTD_decompressBound()
#define ZSTD_DISABLE_DEPRECATE_WARNINGS  // Clang takes the attributes of some versions for errors
#include <zdict.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "lsm/base/checksum.h"

// zstd's dictionary builder would print to this if it was asked to (see CMakeLists.txt).
extern "C" {
extern FILE* spectradb_zstd_stderr;
FILE* spectradb_zstd_stderr = stderr;
}

// zstd 1.5.4 reads through a null pointer where it has no memory for a dictionary to compress with, so dictionaries are made
// in memory that was asked for before; zstd's dictionary builder, too, calls this (see CMakeLists.txt). ZSTD_freeCDict()
// takes it: as the memory is zero at first, it belongs to free(). Null: there is no memory, or it is no dictionary.
extern "C" ZSTD_CDict* spectradb_zstd_create_cdict(const void* bytes, size_t size,
                                                   ZSTD_dictLoadMethod_e method, ZSTD_dictContentType_e type,
                                                   ZSTD_compressionParameters parameters, ZSTD_customMem) {
  const size_t memory_bytes = ZSTD_estimateCDictSize_advanced(size, parameters, method);
  void* const memory = std::calloc(1, memory_bytes);
  if (memory == nullptr) return nullptr;
  const ZSTD_CDict* const made =
      ZSTD_initStaticCDict(memory, memory_bytes, bytes, size, method, type, parameters);
  if (made == nullptr) std::free(memory);
  return const_cast<ZSTD_CDict*>(made);
}

namespace spectradb::lsm {
namespace {

constexpr unsigned kBytesWithDictionary =
    513;                          // what zstd takes for an input of unknown size that has a dictionary
constexpr size_t kLeastGain = 8;  // keeps the compressed form when it saves an eighth
constexpr size_t kMaxIdleContexts = 16;
// From this size on a few parts are tried first, and what does not shrink to half is kept as it is:
// compressing it would take longer than everything else that is done with it.
constexpr size_t kLargeInputBytes = 1u << 20;
constexpr size_t kTriedBytes = 16u << 10;
constexpr size_t kTriedParts = 8;
constexpr size_t kTriedGain = 2;
constexpr int kLargeInputLevel = 1;
constexpr size_t kDictionaryPieces = 8;
constexpr size_t kDictionaryTablesBytes = 2048;  // at most

}  // namespace

struct Compressor::Context {
  struct FreeDictionary {
    void operator()(ZSTD_CDict* made) const { ZSTD_freeCDict(made); }
  };
  explicit Context(int wanted_level) : level(wanted_level), zstd(ZSTD_createCCtx()) {
    if (zstd == nullptr) return;
    // Frames carry neither size nor dictionary id: the index has the size, and the file its dictionary.
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_dictIDFlag, 0);
  }
  ~Context() { ZSTD_freeCCtx(zstd); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  int level;
  ZSTD_CCtx* zstd;  // null when memory was short: nothing is compressed then
  std::unique_ptr<ZSTD_CDict, FreeDictionary> dictionary;  // that it uses
};

Compressor::Compressor(int level) : context_(std::make_unique<Context>(level)) {}
Compressor::~Compressor() = default;

bool Compressor::compress(std::string_view bytes, std::string* out) {
  if (context_->zstd == nullptr) return false;
  if (bytes.size() >= kLargeInputBytes) return compress_large({&bytes, 1}, out);
  out->resize(ZSTD_compressBound(bytes.size()));
  const size_t size = ZSTD_compress2(context_->zstd, out->data(), out->size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0 || size > bytes.size() - bytes.size() / kLeastGain) return false;
  out->resize(size);
  return true;
}

bool Compressor::may_shrink(std::string_view bytes, std::string* out) {
  out->resize(ZSTD_compressBound(kTriedBytes));
  size_t compressed_bytes = 0;
  for (size_t part = 0; part < kTriedParts; ++part) {
    const std::string_view tried = bytes.substr(bytes.size() / kTriedParts * part, kTriedBytes);
    const size_t size = ZSTD_compress2(context_->zstd, out->data(), out->size(), tried.data(), tried.size());
    if (ZSTD_isError(size) != 0) return false;
    compressed_bytes += size;
  }
  return compressed_bytes <= kTriedParts * kTriedBytes / kTriedGain;
}

// Appends what comes of `bytes` to the first *size bytes of *out. False where that is more than bytes_max, or
// zstd fails. It goes piece by piece: a buffer for the worst case would take as much memory again.
bool Compressor::stream(std::string_view bytes, bool is_last, size_t bytes_max, size_t* size,
                        std::string* out) {
  const size_t piece_bytes = ZSTD_CStreamOutSize();
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  for (bool is_done = false; !is_done;) {
    if (out->size() < *size + piece_bytes) out->resize(std::max(2 * out->size(), *size + piece_bytes));
    ZSTD_outBuffer output{out->data(), out->size(), *size};
    const size_t left =
        ZSTD_compressStream2(context_->zstd, &output, &input, is_last ? ZSTD_e_end : ZSTD_e_continue);
    *size = output.pos;
    if (ZSTD_isError(left) != 0 || *size > bytes_max) return false;
    is_done = is_last ? left == 0 : input.pos == input.size;
  }
  return true;
}

bool Compressor::compress_large(std::span<const std::string_view> parts, std::string* out) {
  if (context_->zstd == nullptr) return false;
  size_t all_bytes = 0;
  std::string_view largest;
  for (const std::string_view part : parts) {
    all_bytes += part.size();
    if (part.size() > largest.size()) largest = part;
  }
  ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, kLargeInputLevel);
  bool is_smaller = may_shrink(largest, out);
  size_t size = 0;
  for (size_t i = 0; i < parts.size() && is_smaller; ++i)
    is_smaller = stream(parts[i], i + 1 == parts.size(), all_bytes - all_bytes / kLeastGain, &size, out);
  ZSTD_CCtx_reset(context_->zstd, ZSTD_reset_session_only);
  ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, context_->level);
  if (is_smaller) out->resize(size);
  return is_smaller;
}

void Compressor::use_dictionary(std::string_view dictionary) {
  if (context_->zstd == nullptr) return;
  ZSTD_CCtx_reset(context_->zstd, ZSTD_reset_session_only);
  ZSTD_CCtx_refCDict(context_->zstd, nullptr);
  context_->dictionary.reset();
  if (dictionary.empty()) return;
  context_->dictionary.reset(spectradb_zstd_create_cdict(
      dictionary.data(), dictionary.size(), ZSTD_dlm_byCopy, ZSTD_dct_auto,
      ZSTD_getCParams(context_->level, kBytesWithDictionary, dictionary.size()), {}));
  if (context_->dictionary == nullptr)
    throw std::bad_alloc();  // what the builder or a file gives is a dictionary
  ZSTD_CCtx_refCDict(context_->zstd, context_->dictionary.get());
}

// Takes some bytes from all over the blocks. Training would find the best ones, but takes half as long as
// compressing the file, and rows resemble one another. The dictionary has the size of a block, which makes
// zstd's window wider than a block; a smaller one would not.
std::string make_dictionary(const std::vector<std::string_view>& blocks, size_t block_bytes,
                            int compression_level) {
  const size_t piece_bytes = block_bytes / kDictionaryPieces;
  std::string samples;
  std::vector<size_t> sizes;
  for (const std::string_view block : blocks) {
    samples.append(block);
    sizes.push_back(block.size());
  }
  if (samples.size() < 2 * block_bytes) return {};
  std::string content;
  for (size_t piece = 0; piece < kDictionaryPieces; ++piece)
    content.append(samples, samples.size() / kDictionaryPieces * piece, piece_bytes);
  std::string dictionary(content.size() + kDictionaryTablesBytes, '\0');
  ZDICT_params_t parameters{};
  parameters.compressionLevel = compression_level;
  const size_t size =
      ZDICT_finalizeDictionary(dictionary.data(), dictionary.size(), content.data(), content.size(),
                               samples.data(), sizes.data(), static_cast<unsigned>(sizes.size()), parameters);
  if (ZDICT_isError(size) != 0) return {};
  dictionary.resize(size);
  return dictionary;
}

struct Dictionary::Digest {
  // In memory of its own, so that zstd can fail only where the bytes are no dictionary.
  explicit Digest(std::string_view content)
      : bytes(content),
        words(ZSTD_estimateDDictSize(bytes.size(), ZSTD_dlm_byRef) / sizeof(uint64_t) + 1),
        memory(std::make_unique<uint64_t[]>(words)),
        zstd(ZSTD_initStaticDDict(memory.get(), words * sizeof(uint64_t), bytes.data(), bytes.size(),
                                  ZSTD_dlm_byRef, ZSTD_dct_auto)) {}
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  const std::string bytes;
  const size_t words;
  const std::unique_ptr<uint64_t[]> memory;
  const ZSTD_DDict* const zstd;  // in it; null: the bytes are no dictionary
};

// All dictionaries in memory, by the hashes of their bytes. Of two with one hash it knows only the later one.
class Dictionary::Loaded {
 public:
  static Loaded& of_process() {
    static Loaded* const loaded = new Loaded;  // never destroyed: tables may outlive static objects
    return *loaded;
  }

  std::shared_ptr<const Dictionary> find(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(checksum64(bytes, 0));
    auto dictionary = known == known_.end() ? nullptr : known->second.lock();
    return dictionary != nullptr && dictionary->digest_->bytes == bytes ? dictionary : nullptr;
  }

  void add(const std::shared_ptr<const Dictionary>& dictionary) {
    const std::lock_guard lock(mutex_);
    if (known_.size() >= clear_at_) {
      std::erase_if(known_, [](const auto& one) { return one.second.expired(); });
      clear_at_ = std::max(kFirstClearAt, 2 * known_.size());
    }
    known_[checksum64(dictionary->digest_->bytes, 0)] = dictionary;
  }

 private:
  static constexpr size_t kFirstClearAt = 64;
  std::mutex mutex_;
  std::unordered_map<uint64_t, std::weak_ptr<const Dictionary>> known_;
  size_t clear_at_ = kFirstClearAt;  // at this size, expired ones are removed
};

Dictionary::Dictionary(std::unique_ptr<Digest> digest) : digest_(std::move(digest)) {}
Dictionary::~Dictionary() = default;
size_t Dictionary::size_bytes() const { return digest_->words * sizeof(uint64_t) + digest_->bytes.size(); }

std::shared_ptr<const Dictionary> Dictionary::load(std::string_view bytes) {
  if (auto known = Loaded::of_process().find(bytes)) return known;
  auto digest = std::make_unique<Digest>(bytes);
  if (digest->zstd == nullptr) return nullptr;
  std::shared_ptr<const Dictionary> dictionary(new Dictionary(std::move(digest)));
  Loaded::of_process().add(dictionary);
  return dictionary;
}

struct Decompressor::Context {
  Context() : zstd(ZSTD_createDCtx()) {
    if (zstd == nullptr) throw std::bad_alloc();  // not reported as damaged bytes
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
  contexts_->idle.reserve(kMaxIdleContexts);  // so that giving a context back cannot fail
}
DecompressorPool::~DecompressorPool() = default;

Decompressor::Decompressor(DecompressorPool* pool) : pool_(pool) {}

Decompressor::~Decompressor() {
  if (pool_ == nullptr || context_ == nullptr) return;
  const std::lock_guard lock(pool_->contexts_->mutex);
  if (pool_->contexts_->idle.size() < kMaxIdleContexts) pool_->contexts_->idle.push_back(std::move(context_));
}

bool Decompressor::may_yield(std::string_view bytes, size_t size_bytes) {
  const unsigned long long most = ZSTD_decompressBound(bytes.data(), bytes.size());
  return most != ZSTD_CONTENTSIZE_ERROR && most >= size_bytes;
}

bool Decompressor::decompress(std::string_view bytes, char* out, size_t size_bytes,
                              const Dictionary* dictionary) {
  if (context_ == nullptr && pool_ != nullptr) {
    const std::lock_guard lock(pool_->contexts_->mutex);
    if (!pool_->contexts_->idle.empty()) {
      context_ = std::move(pool_->contexts_->idle.back());
      pool_->contexts_->idle.pop_back();
    }
  }
  if (context_ == nullptr) context_ = std::make_unique<Context>();
  const ZSTD_DDict* digest = dictionary == nullptr ? nullptr : dictionary->digest_->zstd;
  return ZSTD_decompress_usingDDict(context_->zstd, out, size_bytes, bytes.data(), bytes.size(), digest) ==
         size_bytes;
}

}  // namespace spectradb::lsm

#include "lsm/table/sstable_builder.h"

#include "base/assert.h"
#include "lsm/table/bloom.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kBufferBytes = 128u << 10;
// A smaller file gets no dictionary: it would save about as much as it takes.
constexpr size_t kDictionaryFromBytes = 128u << 10;
// The bounds within which a known dictionary suits a file, relative to the ratio on the blocks it was made
// of. Where it compresses worse, a dictionary of the file's own would do better; where it compresses much
// better, the blocks are of another kind, and a dictionary of their own may do better still.
constexpr double kMostAboveKnownRatio = 1.03;
constexpr double kLeastOfKnownRatio = 0.85;
// A block of this size does not wait for a dictionary, and its memory is not kept.
constexpr size_t kLargeBytes = 1u << 20;
constexpr size_t kTriedOf = 4;            // a known dictionary is tried on every fourth block
constexpr size_t kGroupHeaderBytes = 16;  // about

}  // namespace

SstableBuilder::SstableBuilder(const SstableOptions& options, uint64_t number,
                               std::unique_ptr<WritableFile> file)
    : options_(options),
      seed_(sstable_seed(options.store_seed, number)),
      file_(std::move(file)),
      compressor_(options.compression_level) {
  meta_.number = number;
}

Status SstableBuilder::add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
                           std::string_view value, const VersionBounds& valid) {
  SPECTRADB_ASSERT(recency >= commit);
  const bool is_alone = value.size() >= kLargeBytes;
  if (!block_.is_empty() && (is_alone || exceeds_row(user_key, value)))
    SPECTRADB_RETURN_IF_ERROR(end_block());
  note(user_key, commit, ordinal);
  block_bounds_.add(commit, recency, valid);
  if (is_alone) return write_alone(block_.alone(user_key, commit, ordinal, recency, value));
  block_.add(user_key, commit, ordinal, recency, value);
  return block_.size_bytes() >= options_.block_bytes ? end_block() : Status::ok();
}

// Whether the block would no longer fit a row with this version in it. A block of many rows ends where it will.
bool SstableBuilder::exceeds_row(std::string_view user_key, std::string_view value) const {
  if (!stays_raw_ || options_.row_bytes < options_.block_bytes / 2) return false;
  const size_t added = user_key.size() + value.size() + kGroupHeaderBytes;
  return block_.size_bytes() + added + kStoredTrailerBytes > options_.row_bytes;
}

void SstableBuilder::note(std::string_view user_key, uint64_t commit, uint32_t ordinal) {
  if (meta_.version_count == 0) meta_.first_key.assign(user_key);
  if (meta_.version_count == 0 || user_key != meta_.last_key) {
    key_hashes_.push_back(hash_key(user_key));
    meta_.key_count += 1;
    meta_.last_key.assign(user_key);
  }
  meta_.last_commit = commit;
  meta_.last_ordinal = ordinal;
  meta_.version_count += 1;
}

// Notes that a block of this size ends with the last version.
Status SstableBuilder::note_block(size_t size_bytes) {
  if (size_bytes > UINT32_MAX) return Status::invalid("a value is too large to be stored");
  meta_.raw_bytes += size_bytes;
  index_.add(static_cast<uint32_t>(size_bytes), meta_.last(), block_bounds_);
  meta_.bounds.merge(block_bounds_);
  block_bounds_ = {};
  return Status::ok();
}

Status SstableBuilder::end_block() {
  const std::string_view block = block_.finish();
  SPECTRADB_RETURN_IF_ERROR(note_block(block.size()));
  if (is_waiting_ && block.size() >= kLargeBytes) SPECTRADB_RETURN_IF_ERROR(end_waiting());
  if (is_waiting_) {
    waiting_.push_back({std::string(block), block_.plain_bytes()});
    waiting_bytes_ += block.size();
    if (options_.row_bytes > 0 && waiting_.size() % kTriedOf == 1)
      stays_raw_ = !compressor_.compress(waiting_.back().rest(), &compressed_);
    if (waiting_bytes_ >= kDictionaryFromBytes) {
      SPECTRADB_RETURN_IF_ERROR(choose_dictionary());
      SPECTRADB_RETURN_IF_ERROR(write_waiting());
    }
  } else {
    SPECTRADB_RETURN_IF_ERROR(write_block(block, block_.plain_bytes()));
  }
  block_.reset();
  return Status::ok();
}

// Writes the blocks that wait, because a large one comes.
Status SstableBuilder::end_waiting() {
  if (waiting_bytes_ >= kDictionaryFromBytes / 2) SPECTRADB_RETURN_IF_ERROR(choose_dictionary());
  return write_waiting();
}

// Writes a block whose value lies elsewhere, and copies no large part of it.
Status SstableBuilder::write_alone(const LoneVersion& block) {
  SPECTRADB_RETURN_IF_ERROR(note_block(block.size_bytes()));
  if (is_waiting_) SPECTRADB_RETURN_IF_ERROR(end_waiting());
  BlockHandle handle;
  const std::string_view rest[] = {block.head, block.value, block.tail};
  if (compressor_.compress_large(rest, &compressed_)) {
    const std::string_view parts[] = {block.times, compressed_};
    SPECTRADB_RETURN_IF_ERROR(write_parts(parts, zstd_, &handle));
  } else {
    const std::string_view parts[] = {block.times, block.head, block.value, block.tail};
    SPECTRADB_RETURN_IF_ERROR(write_parts(parts, kRaw, &handle));
  }
  if (compressed_.capacity() >= kLargeBytes) std::string().swap(compressed_);
  index_.place(handle.stored_size);
  block_.reset();
  return Status::ok();
}

Status SstableBuilder::write_block(std::string_view block, size_t plain_bytes) {
  BlockHandle handle;
  SPECTRADB_RETURN_IF_ERROR(write_stored(block, plain_bytes, &handle));
  index_.place(handle.stored_size);
  stays_raw_ = handle.stored_size == block.size();
  return Status::ok();
}

// Returns the ratio of compressed to uncompressed bytes of every step-th block from `first` on. The
// compressor keeps using the dictionary afterwards.
double SstableBuilder::ratio_of_waiting(std::string_view dictionary, size_t first, size_t step) {
  compressor_.use_dictionary(dictionary);
  size_t before = 0;
  size_t after = 0;
  for (size_t i = first; i < waiting_.size(); i += step) {
    const std::string_view block = waiting_[i].rest();
    before += block.size();
    after += compressor_.compress(block, &compressed_) ? compressed_.size() : block.size();
  }
  return before == 0 ? 1 : static_cast<double>(after) / static_cast<double>(before);
}

// Makes a dictionary of every other block; returns an empty one where it does not pay for the blocks between.
std::string SstableBuilder::make_dictionary_of_waiting(double* ratio) {
  std::vector<std::string_view> parts;
  for (size_t i = 0; i < waiting_.size(); i += 2) parts.push_back(waiting_[i].rest());
  *ratio = ratio_of_waiting({}, 1, 2);
  std::string dictionary = make_dictionary(parts, options_.block_bytes, options_.compression_level);
  if (dictionary.empty()) return {};
  const double with_dictionary = ratio_of_waiting(dictionary, 1, 2);
  if (with_dictionary >= *ratio) {
    compressor_.use_dictionary({});
    return {};
  }
  *ratio = with_dictionary;
  return dictionary;
}

Status SstableBuilder::choose_dictionary() {
  std::shared_ptr<const KnownDictionary> known;
  if (options_.dictionaries != nullptr)
    known = options_.dictionaries->nearest(options_.block_bytes, options_.compression_level, meta_.first_key);
  std::string made;
  if (known != nullptr) {
    const double ratio = ratio_of_waiting(known->bytes, 0, kTriedOf);
    if (ratio > kMostAboveKnownRatio * known->ratio || ratio < kLeastOfKnownRatio * known->ratio)
      known = nullptr;
  }
  if (known == nullptr) {
    double ratio = 1;
    made = make_dictionary_of_waiting(&ratio);
    if (options_.dictionaries != nullptr)
      options_.dictionaries->add(
          {made, ratio, meta_.first_key, options_.block_bytes, options_.compression_level});
  }
  const std::string_view dictionary = known == nullptr ? made : known->bytes;
  if (dictionary.empty()) return Status::ok();
  BlockHandle handle;
  SPECTRADB_RETURN_IF_ERROR(write_stored(dictionary, dictionary.size(), &handle));
  dictionary_size_ = handle.stored_size;
  zstd_ = kZstdWithDictionary;
  return Status::ok();
}

Status SstableBuilder::write_waiting() {
  is_waiting_ = false;
  for (const EndedBlock& block : waiting_)
    SPECTRADB_RETURN_IF_ERROR(write_block(block.bytes, block.plain_bytes));
  waiting_ = {};
  waiting_bytes_ = 0;
  return Status::ok();
}

// Writes the first plain_bytes as they are, and the rest compressed where that pays.
Status SstableBuilder::write_stored(std::string_view bytes, size_t plain_bytes, BlockHandle* handle) {
  if (plain_bytes < bytes.size() && compressor_.compress(bytes.substr(plain_bytes), &compressed_)) {
    const std::string_view parts[] = {bytes.substr(0, plain_bytes), compressed_};
    SPECTRADB_RETURN_IF_ERROR(write_parts(parts, zstd_, handle));
  } else {
    SPECTRADB_RETURN_IF_ERROR(write_parts({&bytes, 1}, kRaw, handle));
  }
  if (compressed_.capacity() >= kLargeBytes) std::string().swap(compressed_);
  return Status::ok();
}

// Writes what is stored in parts, one behind the other, and its trailer.
Status SstableBuilder::write_parts(std::span<const std::string_view> parts, char compression,
                                   BlockHandle* handle) {
  uint64_t size_bytes = 0;
  for (const std::string_view part : parts) size_bytes += part.size();
  *handle = {offset_, size_bytes};
  char trailer[kStoredTrailerBytes] = {compression};
  const uint64_t seed = seed_ + offset_ + static_cast<unsigned char>(compression);
  const uint32_t checksum = checksum_of(parts, size_bytes, seed);
  std::memcpy(trailer + 1, &checksum, sizeof checksum);
  for (const std::string_view part : parts) SPECTRADB_RETURN_IF_ERROR(write(part));
  SPECTRADB_RETURN_IF_ERROR(write({trailer, sizeof trailer}));
  return end_unit();
}

// Returns the checksum over all parts, one behind the other. Small parts are joined first: a checksum in
// pieces takes longer to begin.
uint32_t SstableBuilder::checksum_of(std::span<const std::string_view> parts, uint64_t size_bytes,
                                     uint64_t seed) {
  if (parts.size() == 1) return checksum32(parts.front(), seed);
  if (size_bytes < kLargeBytes) {
    stored_.clear();
    for (const std::string_view part : parts) stored_.append(part);
    return checksum32(stored_, seed);
  }
  RunningChecksum checksum(seed);
  for (const std::string_view part : parts) checksum.update(part);
  return static_cast<uint32_t>(checksum.value());
}

Status SstableBuilder::end_unit() { return options_.is_written_by_blocks ? write_buffered() : Status::ok(); }

Status SstableBuilder::write(std::string_view bytes) {
  offset_ += bytes.size();
  if (options_.is_written_by_blocks) return write_pieces(bytes);
  if (bytes.size() < kBufferBytes) {
    buffer_.append(bytes);
    return buffer_.size() >= kBufferBytes ? write_buffered() : Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(write_buffered());
  return file_->append(bytes);
}

// Writes what is read as a whole in appends of kLargeBytes, but for the last: so the buffer stays small.
Status SstableBuilder::write_pieces(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kLargeBytes - buffer_.size());
    buffer_.append(piece);
    bytes.remove_prefix(piece.size());
    if (buffer_.size() == kLargeBytes) SPECTRADB_RETURN_IF_ERROR(write_buffered());
  }
  return Status::ok();
}

Status SstableBuilder::write_buffered() {
  SPECTRADB_RETURN_IF_ERROR(file_->append(buffer_));
  buffer_.clear();
  return Status::ok();
}

Result<FileMeta> SstableBuilder::finish() {
  if (!block_.is_empty()) SPECTRADB_RETURN_IF_ERROR(end_block());
  if (is_waiting_) SPECTRADB_RETURN_IF_ERROR(write_waiting());
  SPECTRADB_ENSURE(key_hashes_.size() == meta_.key_count && meta_.key_count <= meta_.version_count);
  SPECTRADB_ENSURE(waiting_.empty());
  compressor_.use_dictionary({});
  zstd_ = kZstd;
  BlockHandle filter;
  BlockHandle index;
  BlockHandle properties;
  const std::string bloom = build_bloom(key_hashes_, options_.bloom_bits_per_key);
  SPECTRADB_RETURN_IF_ERROR(write_stored(bloom, bloom.size(), &filter));
  const std::string entries = index_.encode(meta_);
  SPECTRADB_RETURN_IF_ERROR(write_stored(entries, 0, &index));
  std::string encoded;
  meta_.encode(encoded);
  SPECTRADB_RETURN_IF_ERROR(write_stored(encoded, encoded.size(), &properties));

  std::string footer;
  for (const uint64_t field :
       {filter.offset, filter.stored_size, index.offset, index.stored_size, uint64_t{entries.size()},
        properties.offset, properties.stored_size, meta_.number}) {
    put_fixed64(footer, field);
  }
  put_fixed32(footer, kSstableVersion);
  put_fixed32(footer, static_cast<uint32_t>(dictionary_size_));
  put_fixed64(footer, checksum64(footer, seed_));
  put_fixed64(footer, kSstableMagic);
  SPECTRADB_RETURN_IF_ERROR(write(footer));
  SPECTRADB_RETURN_IF_ERROR(write_buffered());
  SPECTRADB_RETURN_IF_ERROR(file_->sync());
  meta_.size_bytes = offset_;
  return meta_;
}

}  // namespace spectradb::lsm

#include "lsm/sstable_builder.h"

#include "lsm/bloom.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kBufferBytes = 128u << 10;
// Of smaller files a dictionary would save about what it takes.
constexpr size_t kDictionaryFromBytes = 128u << 10;

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
  if (meta_.version_count == 0) meta_.first_key.assign(user_key);
  if (meta_.version_count == 0 || user_key != meta_.last_key) {
    key_hashes_.push_back(hash_key(user_key));
    meta_.key_count += 1;
    meta_.last_key.assign(user_key);
  }
  meta_.last_commit = commit;
  meta_.last_ordinal = ordinal;
  meta_.version_count += 1;
  block_.add(user_key, commit, ordinal, recency, value);
  block_bounds_.add(commit, recency, valid);
  return block_.size_bytes() >= options_.block_bytes ? end_block() : Status::ok();
}

Status SstableBuilder::end_block() {
  const std::string_view block = block_.finish();
  if (block.size() > UINT32_MAX) return Status::invalid("a value is too large to be stored");
  meta_.raw_bytes += block.size();
  index_.add(static_cast<uint32_t>(block.size()), meta_.last(), block_bounds_);
  meta_.bounds.merge(block_bounds_);
  block_bounds_ = {};
  if (is_waiting_) {
    waiting_.push_back({std::string(block), block_.plain_bytes()});
    waiting_bytes_ += block.size();
    if (waiting_bytes_ >= kDictionaryFromBytes) {
      SPECTRADB_RETURN_IF_ERROR(make_dictionary_of_waiting());
      SPECTRADB_RETURN_IF_ERROR(write_waiting());
    }
  } else {
    SPECTRADB_RETURN_IF_ERROR(write_block(block, block_.plain_bytes()));
  }
  block_.reset();
  return Status::ok();
}

Status SstableBuilder::write_block(std::string_view block, size_t plain_bytes) {
  BlockHandle handle;
  SPECTRADB_RETURN_IF_ERROR(write_stored(block, plain_bytes, &handle));
  index_.place(handle.stored_size);
  return Status::ok();
}

// Made of every other block, and kept when it pays for those between.
Status SstableBuilder::make_dictionary_of_waiting() {
  std::vector<std::string_view> parts[2];
  for (size_t i = 0; i < waiting_.size(); ++i) parts[i % 2].push_back(waiting_[i].rest());
  const std::string dictionary = make_dictionary(parts[0], options_.block_bytes, options_.compression_level);
  if (dictionary.empty()) return Status::ok();
  const auto compressed_bytes = [&] {
    size_t size = 0;
    for (const std::string_view block : parts[1])
      size += compressor_.compress(block, &compressed_) ? compressed_.size() : block.size();
    return size;
  };
  const size_t without = compressed_bytes();
  compressor_.use_dictionary(dictionary);
  if (compressed_bytes() >= without) {
    compressor_.use_dictionary({});
    return Status::ok();
  }
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

// The first plain_bytes as they are, the rest compressed where that pays.
Status SstableBuilder::write_stored(std::string_view bytes, size_t plain_bytes, BlockHandle* handle) {
  std::string_view stored = bytes;
  char trailer[kStoredTrailerBytes] = {kRaw};
  if (plain_bytes < bytes.size() && compressor_.compress(bytes.substr(plain_bytes), &compressed_)) {
    stored_.assign(bytes, 0, plain_bytes);
    stored = stored_.append(compressed_);
    trailer[0] = zstd_;
  }
  *handle = {offset_, stored.size()};
  const uint64_t seed = seed_ + offset_ + static_cast<unsigned char>(trailer[0]);
  const uint32_t checksum = checksum32(stored, seed);
  std::memcpy(trailer + 1, &checksum, sizeof checksum);
  SPECTRADB_RETURN_IF_ERROR(write(stored));
  return write({trailer, sizeof trailer});
}

Status SstableBuilder::write(std::string_view bytes) {
  offset_ += bytes.size();
  buffer_.append(bytes);
  return buffer_.size() >= kBufferBytes ? write_buffered() : Status::ok();
}

Status SstableBuilder::write_buffered() {
  SPECTRADB_RETURN_IF_ERROR(file_->append(buffer_));
  buffer_.clear();
  return Status::ok();
}

Result<FileMeta> SstableBuilder::finish() {
  if (!block_.is_empty()) SPECTRADB_RETURN_IF_ERROR(end_block());
  if (is_waiting_) SPECTRADB_RETURN_IF_ERROR(write_waiting());
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

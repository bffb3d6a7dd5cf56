#include "lsm/sstable_builder.h"

#include "lsm/bloom.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kBufferBytes = 128u << 10;

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
  BlockHandle handle;
  SPECTRADB_RETURN_IF_ERROR(write_stored(block, true, &handle));
  meta_.raw_bytes += block.size();
  put_varint(index_, handle.offset);
  put_varint(index_, handle.stored_size);
  put_varint(index_, block.size());
  put_bytes(index_, meta_.last_key);
  put_varint(index_, meta_.last_commit);
  put_varint(index_, meta_.last_ordinal);
  block_bounds_.encode(index_);
  meta_.bounds.merge(block_bounds_);
  block_bounds_ = {};
  block_.reset();
  return Status::ok();
}

Status SstableBuilder::write_stored(std::string_view bytes, bool compress, BlockHandle* handle) {
  std::string_view stored = bytes;
  char trailer[kStoredTrailerBytes] = {kRaw};
  if (compress && compressor_.compress(bytes, &compressed_)) {
    stored = compressed_;
    trailer[0] = kZstd;
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
  BlockHandle filter;
  BlockHandle index;
  BlockHandle properties;
  SPECTRADB_RETURN_IF_ERROR(
      write_stored(build_bloom(key_hashes_, options_.bloom_bits_per_key), false, &filter));
  SPECTRADB_RETURN_IF_ERROR(write_stored(index_, true, &index));
  std::string encoded;
  meta_.encode(encoded);
  SPECTRADB_RETURN_IF_ERROR(write_stored(encoded, false, &properties));

  std::string footer;
  for (const uint64_t field :
       {filter.offset, filter.stored_size, index.offset, index.stored_size, uint64_t{index_.size()},
        properties.offset, properties.stored_size, meta_.number}) {
    put_fixed64(footer, field);
  }
  put_fixed32(footer, kSstableVersion);
  put_fixed32(footer, 0);
  put_fixed64(footer, checksum64(footer, seed_));
  put_fixed64(footer, kSstableMagic);
  SPECTRADB_RETURN_IF_ERROR(write(footer));
  SPECTRADB_RETURN_IF_ERROR(write_buffered());
  SPECTRADB_RETURN_IF_ERROR(file_->sync());
  meta_.size_bytes = offset_;
  return meta_;
}

}  // namespace spectradb::lsm

#include "lsm/table/sstable.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/assert.h"
#include "lsm/base/corruption.h"
#include "lsm/table/bloom.h"

namespace spectradb::lsm {

uint64_t Sstable::new_id() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

Result<std::shared_ptr<Sstable>> Sstable::open_as(uint64_t id, FileSystem& file_system,
                                                  const std::string& path, const FileMeta& meta,
                                                  uint64_t seed, BlockCache* cache) {
  auto file = file_system.open(path);
  if (!file) {
    if (file.status().code() != Code::kMissing) return file.status();
    return Status::corrupt(path + " is missing: the store's manifest names it; restore it from a backup");
  }
  std::shared_ptr<Sstable> table(new Sstable(id));
  table->path_ = path;
  table->meta_ = meta;
  table->whole_meta_ = meta;
  table->seed_ = seed;
  table->cache_ = cache;
  table->file_ = std::move(*file);
  SPECTRADB_RETURN_IF_ERROR(table->check_footer());
  return table;
}

Result<std::shared_ptr<const Sstable>> Sstable::open(FileSystem& file_system, const std::string& path,
                                                     const FileMeta& meta, uint64_t store_seed,
                                                     BlockCache* cache) {
  auto table = open_as(new_id(), file_system, path, meta, sstable_seed(store_seed, meta.number), cache);
  if (!table) return table.status();
  return std::shared_ptr<const Sstable>(std::move(*table));
}

Result<std::shared_ptr<const Sstable>> Sstable::cut(FileSystem& file_system,
                                                    const std::string& from_key) const {
  SPECTRADB_ASSERT(from_key > whole_meta_.first_key && from_key <= whole_meta_.last_key);
  auto made = open_as(id_, file_system, path_, whole_meta_, seed_, cache_);
  if (!made) return made.status();
  Sstable& table = **made;
  const auto index = this->index();
  if (!index) return index.status();
  const uint64_t blocks = (*index)->block_count();
  const uint64_t left = blocks - std::min<uint64_t>((*index)->find_block({from_key}), blocks - 1);
  for (uint64_t FileMeta::*count :
       {&FileMeta::version_count, &FileMeta::key_count, &FileMeta::size_bytes, &FileMeta::raw_bytes})
    table.meta_.*count = std::max<uint64_t>(1, whole_meta_.*count / blocks * left);
  table.meta_.first_key = from_key;
  table.is_cut_ = true;
  return std::shared_ptr<const Sstable>(std::move(*made));
}

Status Sstable::check_footer() {
  const uint64_t size_bytes = file_->size();
  if (size_bytes != meta_.size_bytes || size_bytes < kFooterBytes) {
    return corruption(path_, size_bytes, "the file has another size than the manifest says");
  }
  const uint64_t start = size_bytes - kFooterBytes;
  ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto read, file_->read(start, kFooterBytes, buffer));
  const std::string_view footer = read;
  ByteReader reader(footer);
  filter_handle_ = {reader.fixed64(), reader.fixed64()};
  index_handle_ = {reader.fixed64(), reader.fixed64()};
  index_size_ = reader.fixed64();
  const BlockHandle properties{reader.fixed64(), reader.fixed64()};
  const uint64_t number = reader.fixed64();
  const uint32_t version = reader.fixed32();
  dictionary_size_ = reader.fixed32();
  const auto covered = static_cast<size_t>(reader.offset());
  const uint64_t checksum = reader.fixed64();
  const uint64_t magic = reader.fixed64();
  if (magic != kSstableMagic) return corruption(path_, start, "this is no SSTable");
  if (checksum != checksum64(footer.substr(0, covered), seed_))
    return corruption(path_, start, "wrong footer checksum");
  if (version != kSstableVersion) {
    return Status::invalid(path_ + " has format version " + std::to_string(version) +
                           "; this release of SpectraDB reads version " + std::to_string(kSstableVersion) +
                           ": use the release that wrote it");
  }
  if (number != meta_.number) return corruption(path_, start, "the file holds another file's content");
  if (index_size_ > index_handle_.stored_size * kMostExpansion + kExpansionFloorBytes)
    return corruption(path_, start, "impossible index size");
  char compression = kRaw;
  ReadBuffer of_properties;
  SPECTRADB_ASSIGN_OR_RETURN(const auto encoded, stored(properties, &compression, of_properties));
  ByteReader fields(encoded);
  const FileMeta own = FileMeta::decode(fields);
  if (!fields.ok() || own.version_count != meta_.version_count || own.first_key != meta_.first_key ||
      own.last_key != meta_.last_key || !(own.bounds == meta_.bounds)) {
    return corruption(path_, properties.offset, "the properties are not those that the manifest repeats");
  }
  return Status::ok();
}

Result<std::string_view> Sstable::stored(const BlockHandle& handle, char* compression,
                                         ReadBuffer& buffer) const {
  const uint64_t end = file_->size();
  if (handle.offset > end || end - handle.offset < kStoredTrailerBytes ||
      handle.stored_size > end - handle.offset - kStoredTrailerBytes) {
    return corruption(path_, handle.offset, "a block passes the end of the file");
  }
  const auto content_bytes = static_cast<size_t>(handle.stored_size);
  SPECTRADB_ASSIGN_OR_RETURN(const auto read,
                             file_->read(handle.offset, content_bytes + kStoredTrailerBytes, buffer));
  const std::string_view content = read.substr(0, content_bytes);
  const char* trailer = content.data() + content.size();
  const uint64_t seed = seed_ + handle.offset + static_cast<unsigned char>(trailer[0]);
  if (checksum32(content, seed) != load_fixed32(trailer + 1)) {
    return corruption(path_, handle.offset, "wrong block checksum");
  }
  *compression = trailer[0];
  return content;
}

Status Sstable::load_filter() const {
  if (has_filter_.load(std::memory_order_acquire)) return Status::ok();
  const std::lock_guard lock(filter_mutex_);
  if (has_filter_.load(std::memory_order_relaxed)) return Status::ok();
  char compression = kRaw;
  ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto filter, stored(filter_handle_, &compression, buffer));
  filter_.assign(filter);
  has_filter_.store(true, std::memory_order_release);
  return Status::ok();
}

bool Sstable::may_contain(uint64_t key_hash) const { return bloom_may_contain(filter_, key_hash); }

Result<std::shared_ptr<const TableIndex>> Sstable::index() const {
  const std::lock_guard lock(mutex_);
  index_was_used_ = true;
  if (index_ == nullptr) {
    auto read = read_index();
    if (!read) return read;
    if (cache_ != nullptr) cache_->add_index(this, (*read)->size_bytes());
    index_ = std::move(*read);
  }
  return index_;
}

// The caller holds the cache's lock, and may hold the lock of another table: so this does not wait for its
// own.
bool Sstable::drop_index() const {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || std::exchange(index_was_used_, false)) return false;
  index_.reset();
  return true;
}

Sstable::~Sstable() {
  if (cache_ != nullptr) cache_->remove_index(this);
}

Result<std::shared_ptr<const Dictionary>> Sstable::read_dictionary() const {
  if (dictionary_size_ == 0) return std::shared_ptr<const Dictionary>();
  char compression = kRaw;
  ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto content, stored({0, dictionary_size_}, &compression, buffer));
  auto dictionary = Dictionary::load(content);
  if (dictionary == nullptr) return corruption(path_, 0, "the dictionary cannot be read");
  return dictionary;
}

Result<std::shared_ptr<const TableIndex>> Sstable::read_index() const {
  SPECTRADB_RETURN_IF_ERROR(load_filter());
  SPECTRADB_ASSIGN_OR_RETURN(auto dictionary, read_dictionary());
  char compression = kRaw;
  ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto content, stored(index_handle_, &compression, buffer));
  std::string_view bytes = content;
  std::unique_ptr<char[]> uncompressed;
  if (compression == kZstd) {
    // What the file holds uncompressed bounds the index: it has one size of each block, and each block's last
    // key.
    const uint64_t blocks_max = index_handle_.offset / kStoredTrailerBytes;
    const uint64_t columns_max = kMaxVarintBytes * (1 + TableIndex::kStoredColumns * blocks_max);
    if (index_size_ > columns_max && index_size_ - columns_max > whole_meta_.raw_bytes)
      return corruption(path_, index_handle_.offset, "the index is larger than its blocks allow");
    const auto size_bytes = static_cast<size_t>(index_size_);
    if (!Decompressor::may_yield(content, size_bytes))
      return corruption(path_, index_handle_.offset, "the index cannot be uncompressed");
    uncompressed.reset(new char[std::max<size_t>(size_bytes, 1)]);
    Decompressor decompressor;
    if (!decompressor.decompress(content, uncompressed.get(), size_bytes)) {
      return corruption(path_, index_handle_.offset, "the index cannot be uncompressed");
    }
    bytes = {uncompressed.get(), size_bytes};
  }
  const uint64_t first_offset = dictionary_size_ == 0 ? 0 : dictionary_size_ + kStoredTrailerBytes;
  auto index = TableIndex::decode(bytes, whole_meta_, first_offset, std::move(dictionary));
  if (index == nullptr) return corruption(path_, index_handle_.offset, "the index cannot be read");
  return index;
}

void Sstable::find_block_before(std::string_view user_key, std::string* from) const {
  const auto index = this->index();
  if (!index) return;
  const size_t block = std::min((*index)->find_block({user_key}), (*index)->block_count() - 1);
  const std::string_view begin =
      block == 0 ? std::string_view(meta_.first_key) : (*index)->last_key(block - 1);
  if (begin > *from) from->assign(begin);
}

uint64_t Sstable::estimate_between(std::string_view from, std::string_view to) const {
  if (meta_.last_key < from || meta_.first_key >= to) return 0;
  if (meta_.first_key >= from && meta_.last_key < to) return meta_.version_count;
  const auto index = this->index();
  if (!index) return meta_.version_count;
  const size_t first = (*index)->find_block({from});
  const size_t last = (*index)->find_block({to}, first);
  // Counts half a block for each end of the range that lies inside a block.
  const uint64_t half_blocks = 2 * (last - first) + (first == last ? 1 : 0);
  return std::max<uint64_t>(1, meta_.version_count * half_blocks / (2 * (*index)->block_count()));
}

void Sstable::remember_valid_times(const TableIndex& index, size_t block, const Block& read,
                                   const VersionProperties& properties) const {
  const size_t size_bytes = read.make_valid_times(properties);
  if (size_bytes > 0 && cache_ != nullptr) cache_->add_to({id_, index.handle(block).offset}, size_bytes);
}

Result<std::shared_ptr<const Block>> Sstable::read_block(const TableIndex& index, size_t block, BlockUse use,
                                                         Decompressor& decompressor) const {
  const BlockHandle handle = index.handle(block);
  const uint32_t size = index.size(block);
  const BlockAddress address{id_, handle.offset};
  if (cache_ != nullptr) {
    bool is_hot = false;
    if (auto cached = cache_->find(address, &is_hot)) {
      const bool goes_on = use == BlockUse::kScan || use == BlockUse::kRun;  // from group to group
      if (is_hot && !goes_on && cached->directory() == nullptr)
        cache_->add_to(address, cached->make_directory());
      return cached;
    }
  }
  char compression = kRaw;
  SPECTRADB_ASSIGN_OR_RETURN(const auto content, stored(handle, &compression, decompressor.input));
  SPECTRADB_ASSIGN_OR_RETURN(auto bytes, unpack(content, compression, index, block, decompressor));
  if (handle.stored_size >= kLargeBlockBytes) (void)decompressor.input.take();  // its memory is not kept
  auto read = std::make_shared<const Block>(std::move(bytes), size);
  const bool is_kept = use == BlockUse::kSeek || use == BlockUse::kRun;
  if (cache_ != nullptr && (is_kept || cache_->has_room(address, size))) cache_->insert(address, read);
  return read;
}

// Content that was read into the block's memory and is not compressed stays where it is.
Result<std::unique_ptr<char[]>> Sstable::unpack(std::string_view content, char compression,
                                                const TableIndex& index, size_t block,
                                                Decompressor& decompressor) const {
  const uint64_t offset = index.handle(block).offset;
  const uint32_t size = index.size(block);
  const bool is_compressed = compression == kZstd || compression == kZstdWithDictionary;
  if (!is_compressed && content.size() != size) return corruption(path_, offset, "a block has a wrong size");
  if (!is_compressed && content.data() == decompressor.input.data()) return decompressor.input.take();
  if (!is_compressed) {
    std::unique_ptr<char[]> bytes(new char[std::max<size_t>(size, 1)]);
    std::memcpy(bytes.get(), content.data(), size);
    return bytes;
  }
  const Dictionary* dictionary = compression == kZstd ? nullptr : index.dictionary();
  if (compression == kZstdWithDictionary && dictionary == nullptr)
    return corruption(path_, offset, "a block wants a dictionary that is not there");
  const size_t plain_bytes = Block::plain_bytes(content);
  if (plain_bytes == 0 || plain_bytes > size)
    return corruption(path_, offset, "a block's times pass its end");
  if (!Decompressor::may_yield(content.substr(plain_bytes), size - plain_bytes))
    return corruption(path_, offset, "a block cannot be uncompressed");
  std::unique_ptr<char[]> bytes(new char[std::max<size_t>(size, 1)]);
  std::memcpy(bytes.get(), content.data(), plain_bytes);
  if (!decompressor.decompress(content.substr(plain_bytes), bytes.get() + plain_bytes, size - plain_bytes,
                               dictionary)) {
    return corruption(path_, offset, "a block cannot be uncompressed");
  }
  return bytes;
}

}  // namespace spectradb::lsm

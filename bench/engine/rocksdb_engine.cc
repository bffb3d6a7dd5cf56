#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include "bench/engine/engine.h"
#include "bench/engine/versioned_keys.h"

namespace spectradb::bench {
namespace {

class RocksDbEngine final : public Engine {
 public:
  RocksDbEngine(const std::string& directory, bool keeps_history) : keeps_history_(keeps_history) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kBufferBytes;
    options.compression = rocksdb::kZSTD;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(kCacheBytes);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
    if (keeps_history_) {
      // The filters are on the user's key, which is all but the 8 bytes of the commit. All keys of the
      // workloads have the same length.
      options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kKeyBytes));
      table.whole_key_filtering = false;
    }
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(options, directory, &opened));
    db_.reset(opened);
  }
  ~RocksDbEngine() override {
    points_.reset();
    db_.reset();
  }

  std::string name() const override { return "RocksDB"; }
  std::string settings() const override {
    return std::string("Debian's ") + std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) +
           "." + std::to_string(ROCKSDB_PATCH) +
           ", which is built with assertions: a release build is faster; zstd, 4 KiB blocks";
  }

  void write(uint64_t commit, const std::vector<Row>& rows) override {
    rocksdb::WriteBatch batch;
    for (const Row& row : rows) {
      const std::string key = keeps_history_ ? versioned_key(row.key, commit) : std::string(row.key);
      check(batch.Put(key, slice(row.document)));
    }
    check(db_->Write({}, &batch));
  }

  void settle() override {
    check(db_->CompactRange({}, nullptr, nullptr));
    rocksdb::ReadOptions options;
    options.prefix_same_as_start = keeps_history_;
    points_.reset(db_->NewIterator(options));
  }

  uint64_t latest(std::string_view key) override {
    if (keeps_history_) return as_of(key, UINT64_MAX);
    value_.Reset();
    const rocksdb::Status status = db_->Get({}, db_->DefaultColumnFamily(), slice(key), &value_);
    if (status.IsNotFound()) return 0;
    check(status);
    return sum_of({value_.data(), value_.size()});
  }

  uint64_t as_of(std::string_view key, uint64_t commit) override {
    points_->Seek(versioned_key(key, commit));
    check(points_->status());
    if (!points_->Valid() || user_key_of(view(points_->key())) != key) return 0;
    return sum_of(view(points_->value()));
  }

  ScanAnswer scan_latest() override { return scan(UINT64_MAX); }
  ScanAnswer scan_as_of(uint64_t commit) override { return scan(commit); }

 private:
  static constexpr size_t kKeyBytes = 16;

  static rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
  static std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }
  static void check(const rocksdb::Status& status) {
    if (!status.ok()) fail("RocksDB: " + status.ToString());
  }

  ScanAnswer scan(uint64_t commit) {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(options));
    const ScanAnswer answer = scan_versions(*iterator, keeps_history_, commit);
    check(iterator->status());
    return answer;
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::unique_ptr<rocksdb::Iterator> points_;
  const bool keeps_history_;
  rocksdb::PinnableSlice value_;
};

}  // namespace

std::unique_ptr<Engine> open_rocksdb(const std::string& directory, bool keeps_history) {
  return std::make_unique<RocksDbEngine>(directory, keeps_history);
}

}  // namespace spectradb::bench

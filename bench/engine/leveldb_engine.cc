#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "bench/engine/engine.h"
#include "bench/engine/versioned_keys.h"

namespace spectradb::bench {
namespace {

class LevelDbEngine final : public Engine {
 public:
  LevelDbEngine(const std::string& directory, bool keeps_history)
      : cache_(leveldb::NewLRUCache(kCacheBytes)),
        filter_(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey)),
        keeps_history_(keeps_history) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kBufferBytes;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    leveldb::DB* opened = nullptr;
    check(leveldb::DB::Open(options, directory, &opened));
    db_.reset(opened);
  }
  ~LevelDbEngine() override {
    iterator_.reset();
    db_.reset();
  }

  std::string name() const override { return "LevelDB"; }
  std::string settings() const override {
    return std::string("Debian's ") + std::to_string(leveldb::kMajorVersion) + "." +
           std::to_string(leveldb::kMinorVersion) + ", snappy (it knows no zstd), 4 KiB blocks";
  }

  void write(uint64_t commit, const std::vector<Row>& rows) override {
    leveldb::WriteBatch batch;
    for (const Row& row : rows) {
      const std::string key = keeps_history_ ? versioned_key(row.key, commit) : std::string(row.key);
      batch.Put(key, slice(row.document));
    }
    check(db_->Write({}, &batch));
  }

  void settle() override {
    db_->CompactRange(nullptr, nullptr);
    iterator_.reset(db_->NewIterator({}));
  }

  uint64_t latest(std::string_view key) override {
    if (keeps_history_) return as_of(key, UINT64_MAX);
    const leveldb::Status status = db_->Get({}, slice(key), &value_);
    if (status.IsNotFound()) return 0;
    check(status);
    return sum_of(value_);
  }

  uint64_t as_of(std::string_view key, uint64_t commit) override {
    iterator_->Seek(versioned_key(key, commit));
    check(iterator_->status());
    if (!iterator_->Valid() || user_key_of(view(iterator_->key())) != key) return 0;
    return sum_of(view(iterator_->value()));
  }

  ScanAnswer scan_latest() override { return scan(UINT64_MAX); }
  ScanAnswer scan_as_of(uint64_t commit) override { return scan(commit); }

 private:
  static leveldb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
  static std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }
  static void check(const leveldb::Status& status) {
    if (!status.ok()) fail("LevelDB: " + status.ToString());
  }

  ScanAnswer scan(uint64_t commit) {
    const ScanAnswer answer = scan_versions(*iterator_, keeps_history_, commit);
    check(iterator_->status());
    return answer;
  }

  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;
  std::unique_ptr<leveldb::Iterator> iterator_;
  const bool keeps_history_;
  std::string value_;
};

}  // namespace

std::unique_ptr<Engine> open_leveldb(const std::string& directory, bool keeps_history) {
  return std::make_unique<LevelDbEngine>(directory, keeps_history);
}

}  // namespace spectradb::bench

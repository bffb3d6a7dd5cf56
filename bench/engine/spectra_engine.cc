// Runs SpectraDB's own engine: lsm/ and temporal/ as the extension uses them, without SQL.
#include "bench/engine/engine.h"
#include "lsm/store/store.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::bench {
namespace {

using temporal::Value;

temporal::TableSchema document_schema() {
  temporal::TableSchema schema;
  schema.id = 1;
  schema.kind = temporal::TableKind::kDocument;
  temporal::Column key;
  key.name = "pk";
  key.affinity = temporal::Affinity::kText;
  key.key_position = 0;
  temporal::Column document;
  document.name = "doc";
  document.affinity = temporal::Affinity::kText;
  schema.columns = {key, document};
  schema.key_columns = {0};
  return schema;
}

class SpectraEngine final : public Engine {
 public:
  explicit SpectraEngine(const std::string& directory) : schema_(document_schema()), reader_(schema_) {
    lsm::StoreOptions options;
    options.file_system = lsm::posix_file_system();
    options.directory = directory;
    options.properties = &temporal::fact_properties();
    options.block_cache_bytes = kCacheBytes;
    options.memtable_max_bytes = kBufferBytes;
    options.bloom_bits_per_key = kBloomBitsPerKey;
    auto store = lsm::Store::create(options);
    if (!store) fail(store.status().message());
    store_ = std::move(*store);
  }

  std::string name() const override { return "SpectraDB"; }
  std::string settings() const override {
    return "zstd with a dictionary, 4 KiB blocks, 2 shards, versions of its own";
  }

  std::string waits() const override {
    std::string told;
    for (const auto& [name, value] : store_->stats()) {
      if (name == "writes_slowed_us" || name == "writes_stopped_us" || name == "files_at_level_0" ||
          name == "flushes" || name == "compactions")
        told += " " + name + " " + value;
    }
    return told;
  }

  void write(uint64_t commit, const std::vector<Row>& rows) override {
    auto batch = std::make_shared<lsm::WriteBatch>();
    std::string payload;
    std::string fact;
    for (const Row& row : rows) {
      payload.clear();
      fact.clear();
      temporal::encode_row(payload, schema_, {Value::text(row.key), Value::text(row.document)});
      temporal::encode_fact(fact, {temporal::Period{}, temporal::Operation::kPut, payload});
      batch->put(encoded(row.key), fact);
    }
    if (const auto frame = store_->prepare(commit, batch, lsm::Sync::kNone); !frame)
      fail(frame.status().message());
    check(store_->publish(commit));
  }

  void settle() override { check(store_->compact()); }

  uint64_t latest(std::string_view key) override { return as_of(key, store_->published()); }

  uint64_t as_of(std::string_view key, uint64_t commit) override {
    temporal::RowCursor& cursor = at(commit);
    cursor.seek_point(encoded(key));
    check(cursor.status());
    return cursor.valid() ? sum_of(document(cursor.row())) : 0;
  }

  ScanAnswer scan_latest() override { return scan_as_of(store_->published()); }

  ScanAnswer scan_as_of(uint64_t commit) override {
    ScanAnswer answer;
    std::string lower;
    temporal::append_table_id(lower, schema_.id);
    temporal::RowCursor& cursor = at(commit);
    for (cursor.seek(lower, temporal::after_prefix(lower), false); cursor.valid(); cursor.next()) {
      answer.rows += 1;
      answer.sum += sum_of(document(cursor.row()));
    }
    check(cursor.status());
    return answer;
  }

 private:
  static void check(const Status& status) {
    if (!status.is_ok()) fail(status.message());
  }

  std::string_view encoded(std::string_view key) {
    key_.clear();
    temporal::append_table_id(key_, schema_.id);
    temporal::append_key_value(key_, Value::text(key), temporal::Collation::kBinary);
    return key_;
  }

  std::string_view document(const temporal::ResolvedRow& row) {
    reader_.bind(row.user_key, row.payload);
    const auto value = reader_.column(1);
    if (!value) fail(value.status().message());
    return value->bytes;
  }

  temporal::RowCursor& at(uint64_t commit) {
    if (cursor_ == nullptr) {
      lsm::CursorOptions options;
      options.max_commit = commit;
      temporal::ReadTimes times;
      static const temporal::ReadCallbacks callbacks{[] { return int64_t{0}; }, {}};
      times.callbacks = &callbacks;
      times.need_period = false;
      cursor_ = std::make_unique<temporal::RowCursor>(store_->new_cursor(options), times);
    }
    cursor_->versions().set_max_commit(commit);
    return *cursor_;
  }

  const temporal::TableSchema schema_;
  temporal::RowReader reader_;
  std::shared_ptr<lsm::Store> store_;
  std::unique_ptr<temporal::RowCursor> cursor_;
  std::string key_;
};

}  // namespace

std::unique_ptr<Engine> open_spectra(const std::string& directory, bool) {
  return std::make_unique<SpectraEngine>(directory);
}

}  // namespace spectradb::bench

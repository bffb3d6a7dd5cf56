// A level of SSTables that do not overlap, read as one sorted source. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lsm/table/sstable.h"

namespace spectradb::lsm {

using SstableList = std::vector<std::shared_ptr<const Sstable>>;

class LevelIterator final : public VersionIterator {
 public:
  LevelIterator(const ReadLimits* limits, Decompressor* decompressor)
      : limits_(limits), tables_iterator_(limits, decompressor) {}

  void leave_out_large() { tables_iterator_.leave_out_large(); }
  bool load() override;
  void let_go() override { tables_iterator_.let_go(); }

  // `tables` stand in the order of versions; they outlive the iterator or the next reset().
  void reset(const SstableList* tables);

  void seek(std::string_view user_key) override;
  void seek_exact(std::string_view user_key) override;
  void seek_exact(std::string_view user_key, uint64_t key_hash);  // asks the bloom filter first
  void seek_before(std::string_view user_key) override;
  void next() override;
  void next_key() override;
  Run read_run(std::string_view below, RunSink& sink) override;
  void read_page(VersionPage& page, uint64_t max_commit) override;

 private:
  // The first table that may hold a shown version at or after the key.
  size_t find_table(std::string_view user_key) const;
  bool may_show(size_t index) const;  // by its bounds
  void enter(size_t index) { tables_iterator_.reset((*tables_)[index_ = index].get()); }
  void enter_tables_from(size_t index);
  bool find_before();
  void expose();

  const ReadLimits* limits_;
  const SstableList* tables_ = nullptr;
  size_t index_ = 0;  // the table that tables_iterator_ stands in
  SstableIterator tables_iterator_;
  bool is_exact_ = false;  // since seek_exact()
  std::string_view exact_key_;
  std::string before_;     // scratch of seek_before()
  std::string found_key_;  // likewise
};

}  // namespace spectradb::lsm

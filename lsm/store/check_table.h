// The part of a check (check.h) that reads one SSTable. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lsm/table/block.h"
#include "lsm/table/sstable.h"

namespace spectradb::lsm {

// What a table's place in the manifest says about it.
struct TableRole {
  uint32_t shard = 0;
  uint32_t shard_count = 1;
  bool is_history = false;
  uint64_t flushed_commit = 0;
};

class TableCheck {
 public:
  TableCheck(const Sstable& table, const TableRole& role, const VersionProperties& properties)
      : table_(table), role_(role), properties_(properties) {}

  struct Version {
    std::string user_key;
    uint64_t commit = 0;
    uint32_t ordinal = 0;
  };
  // Appends what is wrong with the table. `last` is the last version of the sorted run so far, and becomes
  // this table's. Returns false when interrupted; `is_interrupted`, if given, is asked before each block.
  bool run(std::optional<Version>* last, std::vector<std::string>* problems,
           const std::function<bool()>& is_interrupted);

 private:
  void add(uint64_t offset, std::string_view what);
  void check_layout();
  void check_block(size_t index);
  bool check_version(uint64_t offset, const Bounds& of_block, const BlockReader& reader);
  bool is_in_order(const BlockReader& reader) const;
  void count_version(const BlockReader& reader);
  void check_key(uint64_t offset, std::string_view user_key);
  void check_totals();

  const Sstable& table_;
  const TableRole role_;
  const VersionProperties& properties_;
  Decompressor decompressor_;
  std::shared_ptr<const TableIndex> index_;
  std::optional<Version>* last_ = nullptr;
  std::vector<std::string>* problems_ = nullptr;
  bool is_whole_ = true;  // every block could be read
  FileMeta found_;        // what the blocks hold
};

}  // namespace spectradb::lsm

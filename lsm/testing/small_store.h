// Test support: a small store that has something of everything (two shards, tables at several levels,
// history, two segments of the log), as files whose bytes can be changed. Tests only.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

#include "lsm/testing/store_fixture.h"

namespace spectradb::lsm {

using Files = std::map<std::string, std::string>;  // name and bytes

class SmallStore {
 public:
  SmallStore() {
    const auto file_system = new_memory_file_system();
    StoreOptions options = options_on(file_system);
    StoreUnderTest test;
    REQUIRE(test.create(options));
    const auto commit = [&](uint64_t first, uint64_t count, std::string_view value) {
      Rows rows;
      for (uint64_t key = first; key < first + count; ++key)
        rows.emplace_back(numbered("key ", 100 + key),
                          numbered(numbered(value, key) + ".", test.committed.commit));
      REQUIRE(test.commit(rows));
    };
    commit(0, 24, "first value of ");
    commit(6, 12, "changed ");
    REQUIRE(test.commit({{"key 103", std::string(kClears)}, {"period", bounded_value(10, 20, "bounded")}}));
    REQUIRE(test.store->compact());
    commit(10, 10, "again ");
    REQUIRE(test.store->compact());
    commit(0, 8, "newer ");
    commit(4, 2, "twice ");
    REQUIRE(test.store->flush());
    commit(20, 6, "in the log ");
    REQUIRE(test.commit({{"period", bounded_value(15, 30, "later")}, {"empty", ""}}));
    committed_ = test.committed;
    test.store.reset();
    const auto names = file_system->list(options.directory);
    for (const std::string& name : *names) {
      if (name.starts_with("LOCK")) continue;
      const auto file = file_system->read_whole(options.directory + "/" + name);
      files_[name] = *file;
    }
  }

  const Files& files() const { return files_; }
  const Committed& committed() const { return committed_; }

  static StoreOptions options_on(std::shared_ptr<FileSystem> file_system) {
    StoreOptions options = test_options(std::move(file_system));
    options.memtable_max_bytes = 100'000;
    options.sstable_block_bytes = 300;
    options.history_block_bytes = 300;
    options.sstable_max_bytes = 600;
    options.block_cache_bytes = 0;
    return options;
  }

  static std::shared_ptr<FileSystem> file_system_of(const Files& files, const std::string& directory = "db") {
    auto file_system = new_memory_file_system();
    (void)file_system->make_directory(directory);
    for (const auto& [name, bytes] : files) {
      auto file = file_system->create(directory + "/" + name);
      (void)(*file)->append(bytes);
    }
    return file_system;
  }

 private:
  Files files_;
  Committed committed_;
};

}  // namespace spectradb::lsm

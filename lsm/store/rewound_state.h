// The tables of a store that is made to end at an earlier commit: for each shard one file, at level 0,
// with the versions up to that commit from all tables of the store. The database's copies of frames are
// compared with these versions: a store that has other facts does not belong to this database. The
// destructor removes the files that were written, unless keep() was called. One thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "lsm/log/manifest.h"
#include "lsm/table/level_iterator.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

class RewoundState {
 public:
  RewoundState(const StoreOptions& options, const Manifest& manifest, const Committed& committed);

  Status write();
  // Returns the manifest that names the new tables, with a log that begins at the segment.
  Manifest manifest(uint64_t log_segment) const;
  void keep();

 private:
  using Place = std::tuple<std::string, uint64_t, uint32_t>;  // key, commit, ordinal

  void expect_copies();
  Status compare(const VersionIterator& version);
  Status open_tables();
  Status write_shard(uint32_t shard);
  Status is_another_history(uint64_t commit) const;

  const StoreOptions& options_;
  const Manifest& before_;
  const Committed& committed_;
  std::map<Place, std::string> expected_;         // versions that the tables must have, with their values
  std::map<uint64_t, bool> is_expected_;          // commits whose versions are all in expected_
  std::vector<std::vector<SstableList>> tables_;  // of each shard, one table in each list
  std::atomic<uint64_t> next_file_;
  std::vector<std::unique_ptr<TableOutput>> outputs_;  // of each shard
};

}  // namespace spectradb::lsm

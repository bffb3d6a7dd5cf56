// The tables that a store has once it ends at an earlier commit: the versions up to that commit of all tables that it
// has, one file for each shard, at level 0. What the database's copies of frames say of these commits is compared with
// them: a store whose facts are others is not this database's. Files that were written are removed with the object,
// unless they are kept. One thread.
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
  // With the new tables and numbers, and with a log that begins at the segment.
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
  std::map<Place, std::string> expected_;         // the values of versions that there must be
  std::map<uint64_t, bool> is_expected_;          // commits of which there are no others
  std::vector<std::vector<SstableList>> tables_;  // of each shard, one a list
  std::atomic<uint64_t> next_file_;
  std::vector<std::unique_ptr<TableOutput>> outputs_;  // of each shard
};

}  // namespace spectradb::lsm

// The inside of WriteBatch, for the cursors and the store in this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/memory/spilled_run.h"
#include "lsm/memory/version_list.h"
#include "lsm/memory/write_batch.h"

namespace spectradb::lsm {

// Ordinals [from, to) that rollback_to() killed. A list of them is sorted, disjoint and not adjacent.
struct DeadRange {
  uint32_t from;
  uint32_t to;
};

inline bool is_dead(const std::vector<DeadRange>& dead, uint32_t ordinal) {
  if (dead.empty()) return false;
  const auto after =
      std::upper_bound(dead.begin(), dead.end(), ordinal,
                       [](uint32_t wanted, const DeadRange& range) { return wanted < range.from; });
  return after != dead.begin() && ordinal < std::prev(after)->to;
}

struct WriteBatch::Rep {
  std::shared_ptr<VersionList> list =
      std::make_shared<VersionList>(VersionList::Use::kOneThread);  // commit is 0 in every node
  bool is_taken = false;                                            // the list is a memtable now
  std::vector<std::shared_ptr<SpilledRun>> spilled;  // oldest first: versions that the list held before
  std::vector<DeadRange> dead;
  uint32_t next_ordinal = 0;
  uint64_t living = 0;   // living entries, spilled ones included
  uint64_t changes = 0;  // changes with every put, rollback and clear: cursors then seek again

  // Living records of consecutive ordinals that lie side by side in memory.
  struct Run {
    uint32_t first_ordinal;
    uint32_t count;
    std::string_view records;
  };
  std::vector<Run> living_runs() const;
  uint64_t living_between(uint32_t from, uint32_t to) const;  // ordinals [from, to)
};

}  // namespace spectradb::lsm

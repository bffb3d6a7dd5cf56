// A sorted run of what an open transaction has written, in SSTables that nobody but its batch knows, as if
// its commit existed already. The frame of that commit names the files (log_format.h); until it is published
// they are removed with the run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/table/level_iterator.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

struct SpilledRun {
  uint32_t first_ordinal = 0;  // of what was in memory, [first, end)
  uint32_t end_ordinal = 0;
  uint64_t version_count = 0;
  std::vector<SstableList> shards;                    // of each shard its tables, in key order
  std::vector<std::unique_ptr<TableOutput>> outputs;  // which own the files

  void remove_files() const {
    for (const auto& output : outputs) output->remove();
  }
  void keep() const {
    for (const auto& output : outputs) output->keep();
  }
};

}  // namespace spectradb::lsm

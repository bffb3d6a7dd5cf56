// A sorted run of versions that an open transaction has spilled, in SSTables that only its batch knows.
// They are written as versions of the coming commit; the commit's frame names the files (log_format.h).
// Until it is published, the files are removed with the run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/table/level_iterator.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

struct SpilledRun {
  uint32_t first_ordinal = 0;  // the ordinals that the run holds: [first, end)
  uint32_t end_ordinal = 0;
  uint64_t version_count = 0;
  std::vector<SstableList> shards;                    // each shard's tables, in key order
  std::vector<std::unique_ptr<TableOutput>> outputs;  // these own the files

  void remove_files() const {
    for (const auto& output : outputs) output->remove();
  }
  void keep() const {
    for (const auto& output : outputs) output->keep();
  }
};

}  // namespace spectradb::lsm

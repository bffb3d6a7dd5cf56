// Moves what a large transaction has written from memory to SSTables before it ends (Store::spill). One
// thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "lsm/memory/write_batch.h"
#include "lsm/store/store.h"
#include "lsm/table/level_iterator.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

struct SpillContext {
  const VersionProperties& properties;
  DecompressorPool& decompressors;
  std::function<std::vector<std::unique_ptr<TableOutput>>()> new_outputs;  // one for each shard
  std::function<Result<SstableList>(const std::vector<FileMeta>&)> open_tables;
};

// Afterwards the batch holds nothing in memory, and none of its runs holds versions that were rolled back.
// On failure the batch is unchanged.
Status spill_batch(const SpillContext& context, uint64_t commit, WriteBatch& batch);

}  // namespace spectradb::lsm

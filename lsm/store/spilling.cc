// Large transactions: what they have written goes to SSTables before they end (Store::spill).
#include <random>

#include "lsm/file/file_names.h"
#include "lsm/store/spill_runs.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr int kSpillLevel = 1;  // of zstd: spilled files are merged soon
}  // namespace

// Returns a number that was never used: a cursor of a transaction that was rolled back may still read a file
// of an earlier number, and remove it later.
uint64_t StoreImpl::new_spilled_number() {
  const std::lock_guard lock(spill_mutex_);
  if (spilled_files_ == kSpilledSeriesLength) {
    std::random_device random;
    spilled_series_ = (uint64_t{random()} << 32 | random()) % kSpilledSeriesCount;
    spilled_files_ = 0;
  }
  return spilled_number(spilled_series_, spilled_files_++);
}

std::vector<std::unique_ptr<TableOutput>> StoreImpl::spill_outputs() {
  TableOutputOptions options{};
  {
    const std::lock_guard lock(state_mutex_);
    options = output_options(false, kSpillLevel);
  }
  std::vector<std::unique_ptr<TableOutput>> outputs;
  for (size_t shard = 0; shard < cursor_keys_.size(); ++shard)
    outputs.push_back(std::make_unique<TableOutput>(options, [this] { return new_spilled_number(); }));
  return outputs;
}

Status StoreImpl::spill(uint64_t commit, WriteBatch& batch) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  return spill_batch({*options_.properties, states_->decompressors(), [this] { return spill_outputs(); },
                      [this](const std::vector<FileMeta>& metas) { return open_tables(metas); }},
                     commit, batch);
}

Result<std::vector<StoreImpl::ShardTable>> StoreImpl::open_spilled(
    const std::vector<SpilledTable>& tables) const {
  std::vector<ShardTable> open;
  for (const SpilledTable& named : tables) {
    SPECTRADB_ASSIGN_OR_RETURN(const auto table, open_tables({named.meta}));
    open.push_back({named.shard, table.front()});
  }
  return open;
}

Result<std::vector<StoreImpl::Immutable>> StoreImpl::open_parts(const Recovery& recovery) const {
  std::vector<Immutable> immutables;
  for (const Recovery::Part& part : recovery.parts) {
    SPECTRADB_ASSIGN_OR_RETURN(auto tables, open_spilled(part.tables));
    immutables.push_back(
        {part.memtable, std::move(tables), part.log_start, part.last_commit, part.last_frame});
  }
  return immutables;
}

}  // namespace spectradb::lsm

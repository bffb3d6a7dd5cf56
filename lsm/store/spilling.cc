// Large transactions: what they have written goes to SSTables before they end (Store::spill).
#include <random>

#include "lsm/file/file_names.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr int kSpillLevel = 1;  // of zstd: what is spilled is merged soon
const ReadLimits kEverything{UINT64_MAX, 0, std::nullopt, nullptr};

uint64_t spilled_versions(const SpilledRun& run) {
  uint64_t versions = 0;
  for (const auto& output : run.outputs) {
    for (const FileMeta& meta : output->files()) versions += meta.version_count;
  }
  return versions;
}

}  // namespace

// Never one that was used: a cursor of a transaction that was rolled back may still read such a file, and
// remove it later.
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

Status StoreImpl::finish_run(SpilledRun* run) const {
  for (const auto& output : run->outputs) {
    SPECTRADB_RETURN_IF_ERROR(output->finish());
    SPECTRADB_ASSIGN_OR_RETURN(auto tables, open_tables(output->files()));
    run->shards.push_back(std::move(tables));
  }
  run->version_count = spilled_versions(*run);
  return Status::ok();
}

Result<std::shared_ptr<SpilledRun>> StoreImpl::write_run(uint64_t commit, const WriteBatch::Rep& batch) {
  auto run = std::make_shared<SpilledRun>();
  run->first_ordinal = batch.spilled.empty() ? 0 : batch.spilled.back()->end_ordinal;
  run->end_ordinal = batch.next_ordinal;
  run->outputs = spill_outputs();
  VersionListIterator versions(&kEverything);
  versions.reset(batch, commit);
  for (versions.seek({}); versions.valid(); versions.next()) {
    const uint32_t shard = shard_of(hash_key(versions.user_key()), run->outputs.size());
    SPECTRADB_RETURN_IF_ERROR(run->outputs[shard]->add(versions, kNeverSuperseded,
                                                       options_.properties->bounds_or_all(versions.value())));
  }
  SPECTRADB_RETURN_IF_ERROR(finish_run(run.get()));
  return run;
}

// Without what was rolled back since.
Result<std::shared_ptr<SpilledRun>> StoreImpl::rewrite_run(const SpilledRun& old,
                                                           const WriteBatch::Rep& batch) {
  auto run = std::make_shared<SpilledRun>();
  run->first_ordinal = old.first_ordinal;
  run->end_ordinal = old.end_ordinal;
  run->outputs = spill_outputs();
  Decompressor decompressor(&states_->decompressors());
  for (size_t shard = 0; shard < old.shards.size(); ++shard) {
    LevelIterator versions(&kEverything, &decompressor);
    versions.reset(&old.shards[shard]);
    for (versions.seek({}); versions.valid(); versions.next()) {
      if (is_dead(batch.dead, versions.ordinal())) continue;
      SPECTRADB_RETURN_IF_ERROR(run->outputs[shard]->add(
          versions, kNeverSuperseded, options_.properties->bounds_or_all(versions.value())));
    }
    if (!versions.status().is_ok()) return versions.status();
  }
  SPECTRADB_RETURN_IF_ERROR(finish_run(run.get()));
  return run;
}

Status StoreImpl::spill(uint64_t commit, WriteBatch& batch) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  WriteBatch::Rep& rep = *batch.rep();
  std::vector<std::shared_ptr<SpilledRun>> runs;
  for (const std::shared_ptr<SpilledRun>& run : rep.spilled) {
    const uint64_t living = rep.living_between(run->first_ordinal, run->end_ordinal);
    if (living == 0) continue;
    if (living == run->version_count) {
      runs.push_back(run);
      continue;
    }
    SPECTRADB_ASSIGN_OR_RETURN(auto rewritten, rewrite_run(*run, rep));
    runs.push_back(std::move(rewritten));
  }
  auto list = std::make_shared<VersionList>();
  if (rep.list->count() > 0) {
    SPECTRADB_ASSIGN_OR_RETURN(auto run, write_run(commit, rep));
    if (run->version_count > 0) runs.push_back(std::move(run));
  }
  rep.spilled.swap(runs);
  rep.list.swap(list);
  rep.changes += 1;
  return Status::ok();
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

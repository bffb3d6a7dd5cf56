#include "lsm/store/spill_runs.h"

#include "lsm/memory/memtable.h"
#include "lsm/memory/spilled_run.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {
namespace {

const ReadLimits kAllVersions{UINT64_MAX, 0, std::nullopt, nullptr};

uint64_t spilled_versions(const SpilledRun& run) {
  uint64_t versions = 0;
  for (const auto& output : run.outputs) {
    for (const FileMeta& meta : output->files()) versions += meta.version_count;
  }
  return versions;
}

Status finish_run(const SpillContext& context, SpilledRun* run) {
  for (const auto& output : run->outputs) {
    SPECTRADB_RETURN_IF_ERROR(output->finish());
    SPECTRADB_ASSIGN_OR_RETURN(auto tables, context.open_tables(output->files()));
    run->shards.push_back(std::move(tables));
  }
  run->version_count = spilled_versions(*run);
  return Status::ok();
}

Result<std::shared_ptr<SpilledRun>> write_run(const SpillContext& context, uint64_t commit,
                                              const WriteBatch::Rep& batch) {
  auto run = std::make_shared<SpilledRun>();
  run->first_ordinal = batch.spilled.empty() ? 0 : batch.spilled.back()->end_ordinal;
  run->end_ordinal = batch.next_ordinal;
  run->outputs = context.new_outputs();
  VersionListIterator versions(&kAllVersions);
  versions.reset(batch, commit);
  for (versions.seek({}); versions.valid(); versions.next()) {
    const uint32_t shard = shard_of(hash_key(versions.user_key()), run->outputs.size());
    SPECTRADB_RETURN_IF_ERROR(run->outputs[shard]->add(versions, kNeverSuperseded,
                                                       context.properties.bounds_or_all(versions.value())));
  }
  SPECTRADB_RETURN_IF_ERROR(finish_run(context, run.get()));
  return run;
}

// Rewrites a run without the versions that were rolled back since it was spilled.
Result<std::shared_ptr<SpilledRun>> rewrite_run(const SpillContext& context, const SpilledRun& old,
                                                const WriteBatch::Rep& batch) {
  auto run = std::make_shared<SpilledRun>();
  run->first_ordinal = old.first_ordinal;
  run->end_ordinal = old.end_ordinal;
  run->outputs = context.new_outputs();
  Decompressor decompressor(&context.decompressors);
  for (size_t shard = 0; shard < old.shards.size(); ++shard) {
    LevelIterator versions(&kAllVersions, &decompressor);
    versions.reset(&old.shards[shard]);
    for (versions.seek({}); versions.valid(); versions.next()) {
      if (is_dead(batch.dead, versions.ordinal())) continue;
      SPECTRADB_RETURN_IF_ERROR(run->outputs[shard]->add(versions, kNeverSuperseded,
                                                         context.properties.bounds_or_all(versions.value())));
    }
    if (!versions.status().is_ok()) return versions.status();
  }
  SPECTRADB_RETURN_IF_ERROR(finish_run(context, run.get()));
  return run;
}

}  // namespace

Status spill_batch(const SpillContext& context, uint64_t commit, WriteBatch& batch) {
  WriteBatch::Rep& rep = *batch.rep();
  std::vector<std::shared_ptr<SpilledRun>> runs;
  for (const std::shared_ptr<SpilledRun>& run : rep.spilled) {
    const uint64_t living = rep.living_between(run->first_ordinal, run->end_ordinal);
    if (living == 0) continue;
    if (living == run->version_count) {
      runs.push_back(run);
      continue;
    }
    SPECTRADB_ASSIGN_OR_RETURN(auto rewritten, rewrite_run(context, *run, rep));
    runs.push_back(std::move(rewritten));
  }
  auto list = std::make_shared<VersionList>(VersionList::Use::kOneThread);
  if (rep.list->count() > 0) {
    SPECTRADB_ASSIGN_OR_RETURN(auto run, write_run(context, commit, rep));
    if (run->version_count > 0) runs.push_back(std::move(run));
  }
  rep.spilled.swap(runs);
  rep.list.swap(list);
  rep.changes += 1;
  return Status::ok();
}

}  // namespace spectradb::lsm

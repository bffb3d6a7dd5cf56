#include "lsm/store/rewriting.h"

namespace spectradb::lsm {
namespace {

Compaction whole_shard(const ShardLevels& levels, uint32_t shard) {
  Compaction whole;
  whole.shard = shard;
  whole.target_level = 1;
  whole.newest_first = levels[0];
  for (uint32_t level = 1; level < levels.size(); ++level) {
    if (levels[level].empty()) continue;
    whole.runs.push_back(levels[level]);
    whole.target_level = level;
  }
  return whole;
}

}  // namespace

Result<std::shared_ptr<const FileSet>> rewrite_files(const MergeContext& context, const Knobs& knobs,
                                                     std::shared_ptr<const FileSet> from,
                                                     const RetiredKeys& retired,
                                                     const MergeJob::OpenTables& open,
                                                     const MergeJob::Look& look) {
  const auto run = [&](MergeJob& job) -> Status {
    SPECTRADB_RETURN_IF_ERROR(job.run(retired, look));
    auto files = std::make_shared<FileSet>(*from);
    std::vector<std::string> inputs;
    SPECTRADB_RETURN_IF_ERROR(job.replace(files.get(), open, &inputs));
    for (const auto& output : job.outputs()) output->keep();
    from = std::move(files);
    return Status::ok();
  };
  for (uint32_t shard = 0; shard < from->shards.size(); ++shard) {
    std::vector<size_t> groups;
    for (size_t group = 0; group < from->history[shard].groups.size(); ++group) groups.push_back(group);
    if (!groups.empty())
      SPECTRADB_RETURN_IF_ERROR(run(*make_history_job(context, knobs, *from, shard, std::move(groups))));
    Compaction whole = whole_shard(from->shards[shard], shard);
    if (whole.newest_first.empty() && whole.runs.empty()) continue;
    SPECTRADB_RETURN_IF_ERROR(run(*make_compaction_job(context, knobs, from, std::move(whole))));
  }
  return from;
}

}  // namespace spectradb::lsm

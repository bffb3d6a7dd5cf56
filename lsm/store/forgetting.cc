// Leaves out history behind horizons. History comes before the levels: a delete that nothing newer covers may
// go from the levels only once no older version is left that it would have to hide.
#include <algorithm>

#include "base/assert.h"
#include "lsm/base/out_of_memory.h"
#include "lsm/store/history_forgetter.h"
#include "lsm/store/rows_store.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

// All groups of a shard's history where any of them has something to leave out.
std::vector<size_t> groups_to_forget(const ShardHistory& history, const Horizons& horizons) {
  const bool is_any =
      std::any_of(history.groups.begin(), history.groups.end(), [&](const HistoryGroup& group) {
        return std::any_of(group.begin(), group.end(), [&](const HistoryRun& run) {
          return std::any_of(run.tables.begin(), run.tables.end(), [&](const auto& table) {
            const FileMeta& meta = table->meta();
            return horizons.may_reach(meta.first_key, meta.last_key, meta.bounds.min_recency,
                                      meta.bounds.min_valid_to);
          });
        });
      });
  std::vector<size_t> groups;
  for (size_t group = 0; is_any && group < history.groups.size(); ++group) groups.push_back(group);
  return groups;
}

bool may_reach_current(const ShardLevels& levels, const Horizons& horizons) {
  return std::any_of(levels.begin(), levels.end(), [&](const SstableList& level) {
    return std::any_of(level.begin(), level.end(), [&](const auto& table) {
      const FileMeta& meta = table->meta();
      return horizons.may_reach(meta.first_key, meta.last_key, meta.bounds.min_recency,
                                meta.bounds.min_valid_to);
    });
  });
}

// What goes by name, or because it has ended, may also lie where there is nothing to merge.
std::optional<Compaction> compaction_to_forget(const FileSet& files, uint32_t shard, const Knobs& knobs,
                                               const Horizons& horizons) {
  const bool takes_current = horizons.is_exact() || (horizons.may_take_current() &&
                                                     may_reach_current(files.shards[shard], horizons));
  return takes_current ? pick_all_of_shard(files, shard, knobs) : pick_whole_shard(files, shard, knobs);
}

}  // namespace

HistoryForgetter& HistoryForgetter::of(Store& store) {
  auto* forgetter = dynamic_cast<HistoryForgetter*>(&store);
  SPECTRADB_ASSERT(forgetter != nullptr);
  return *forgetter;
}

Status StoreImpl::forget(const Horizons& horizons, const std::function<bool()>& is_interrupted) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  if (horizons.is_empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(flush());
  const auto work = begin_work();
  if (!work) return work.status();
  // A power failure must not leave a coordinator that knows of no horizon.
  if (options_.sync_coordinator) SPECTRADB_RETURN_IF_ERROR(options_.sync_coordinator());
  is_interrupted_ = is_interrupted;
  forgetting_ = &horizons;
  const Status forgotten = no_memory_as_status([&] { return forget_all(); });
  forgetting_ = nullptr;
  is_interrupted_ = nullptr;
  return forgotten;
}

Status StoreImpl::forget_all() {
  std::vector<std::vector<size_t>> groups;
  for (const ShardHistory& history : files_->history)
    groups.push_back(groups_to_forget(history, *forgetting_));
  SPECTRADB_RETURN_IF_ERROR(run_history_merges(std::move(groups)));
  std::vector<Compaction> compactions;
  for (uint32_t shard = 0; shard < files_->shards.size(); ++shard) {
    if (auto compaction = compaction_to_forget(*files_, shard, knobs_, *forgetting_))
      compactions.push_back(std::move(*compaction));
  }
  return run_compactions(std::move(compactions));
}

Status RowsStore::forget(const Horizons& horizons, const std::function<bool()>& is_interrupted) {
  if (horizons.is_empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(flush());
  is_interrupted_ = is_interrupted ? is_interrupted : [] { return false; };
  const Status forgotten = no_memory_as_status([&]() -> Status {
    Edit edit = begin_edit();
    SPECTRADB_RETURN_IF_ERROR(forget_into(&edit, horizons));
    if (edit.tree.files == now().files) return Status::ok();
    is_erasing_ = true;  // nobody on this connection reads what goes
    return end_edit(std::move(edit));
  });
  is_erasing_ = false;
  is_interrupted_ = nullptr;
  return forgotten;
}

Status RowsStore::forget_into(Edit* edit, const Horizons& horizons) {
  if (edit->tree.merge) SPECTRADB_RETURN_IF_ERROR(merge_slice(edit, UINT64_MAX).status());
  MergeContext context = merge_context(UINT64_MAX);
  context.horizons = &horizons;
  for (uint32_t shard = 0; shard < edit->tree.files->shards.size(); ++shard) {
    std::vector<size_t> groups = groups_to_forget(edit->tree.files->history[shard], horizons);
    if (!groups.empty()) {
      const auto job = make_history_job(context, knobs_, *edit->tree.files, shard, std::move(groups));
      SPECTRADB_RETURN_IF_ERROR(run_merge(edit, *job));
    }
    auto compaction = compaction_to_forget(*edit->tree.files, shard, knobs_, horizons);
    if (!compaction) continue;
    const auto job = make_compaction_job(context, knobs_, edit->tree.files, std::move(*compaction));
    SPECTRADB_RETURN_IF_ERROR(run_merge(edit, *job));
  }
  return Status::ok();
}

}  // namespace spectradb::lsm

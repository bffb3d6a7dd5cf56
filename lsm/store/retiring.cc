// Retired keys, which nobody reads any more: how a store learns of them, and gives their space back.
#include "lsm/file/file_names.h"
#include "lsm/store/retired_files.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {

std::vector<std::string> remove_retired(const RetiredKeys& retired, FileSet* files) {
  std::vector<std::string> names;
  const auto remove_from = [&](SstableList& tables) {
    std::erase_if(tables, [&](const std::shared_ptr<const Sstable>& table) {
      if (!retired.covers(table->meta().first_key, table->meta().last_key)) return false;
      names.push_back(sstable_name(table->meta().number));
      return true;
    });
  };
  for (ShardLevels& levels : files->shards) {
    for (SstableList& level : levels) remove_from(level);
  }
  for (ShardHistory& shard : files->history) {
    ShardHistory left;
    for (HistoryGroup& group : shard.groups) {
      for (HistoryRun& run : group) remove_from(run.tables);
      left.add(std::move(group));
    }
    shard = std::move(left);
  }
  return names;
}

Status StoreImpl::retire(const std::vector<KeyRange>& ranges) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  const auto work = begin_work();
  if (!work) return work.status();
  RetiredKeys retired = manifest_.retired;
  for (const KeyRange& range : ranges) retired.add(range);
  if (retired == manifest_.retired) return Status::ok();
  if (options_.sync_coordinator) SPECTRADB_RETURN_IF_ERROR(options_.sync_coordinator());
  auto files = std::make_shared<FileSet>(*files_);
  const std::vector<std::string> names = remove_retired(retired, files.get());
  std::swap(manifest_.retired, retired);
  if (Status installed = install(std::move(files), 0, {}); !installed) {
    std::swap(manifest_.retired, retired);
    return installed;
  }
  remove_files(names);
  return Status::ok();
}

bool StoreImpl::is_retired(std::string_view key) const {
  const std::lock_guard lock(state_mutex_);
  return installed_->retired.contains(key);
}

bool StoreImpl::are_retired(const KeyRange& range) const {
  const std::lock_guard lock(state_mutex_);
  return installed_->retired.contains(range);
}

}  // namespace spectradb::lsm

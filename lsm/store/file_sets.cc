#include "lsm/store/file_sets.h"

namespace spectradb::lsm {

std::vector<Manifest::File> list_files(const FileSet& files) {
  std::vector<Manifest::File> list;
  for (uint32_t shard = 0; shard < files.shards.size(); ++shard) {
    const ShardLevels& levels = files.shards[shard];
    for (uint32_t level = 0; level < levels.size(); ++level) {
      for (const auto& table : levels[level]) list.push_back({shard, level, table->meta()});
    }
    const std::vector<HistoryGroup>& groups = files.history[shard].groups;
    for (uint32_t group = 0; group < groups.size(); ++group) {
      for (uint32_t run = 0; run < groups[group].size(); ++run) {
        for (const auto& table : groups[group][run].tables)
          list.push_back({shard, kHistoryLevel, table->meta(), group, run});
      }
    }
  }
  return list;
}

Result<std::shared_ptr<FileSet>> arrange_files(const Manifest& manifest, const OpenFile& open) {
  auto files = std::make_shared<FileSet>();
  files->shards.assign(manifest.shard_count, ShardLevels(1));
  files->history.resize(manifest.shard_count);
  std::vector<std::vector<HistoryGroup>> groups(manifest.shard_count);
  for (const Manifest::File& file : manifest.files) {
    SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<const Sstable> table, open(file.meta));
    if (file.level == kHistoryLevel) {
      std::vector<HistoryGroup>& shard = groups[file.shard];
      if (shard.size() <= file.group) shard.resize(file.group + 1);
      if (shard[file.group].size() <= file.run) shard[file.group].resize(file.run + 1);
      shard[file.group][file.run].tables.push_back(std::move(table));
      continue;
    }
    ShardLevels& levels = files->shards[file.shard];
    if (levels.size() <= file.level) levels.resize(file.level + 1);
    levels[file.level].push_back(std::move(table));
  }
  for (size_t shard = 0; shard < groups.size(); ++shard) {
    for (HistoryGroup& group : groups[shard]) files->history[shard].add(std::move(group));
  }
  return files;
}

}  // namespace spectradb::lsm

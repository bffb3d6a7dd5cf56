#include "lsm/merge/compaction.h"

#include <algorithm>

#include "lsm/log/manifest.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kSmallPart = 16;  // of a file of full size

bool overlaps(const FileMeta& meta, const std::string& first_key, const std::string& last_key) {
  return meta.first_key <= last_key && first_key <= meta.last_key;
}

SstableList overlapping(const SstableList& level, const std::string& first_key, const std::string& last_key) {
  SstableList found;
  for (const auto& table : level) {
    if (overlaps(table->meta(), first_key, last_key)) found.push_back(table);
  }
  return found;
}

void widen(const SstableList& tables, std::string* first_key, std::string* last_key) {
  for (const auto& table : tables) {
    if (table->meta().first_key < *first_key) *first_key = table->meta().first_key;
    if (table->meta().last_key > *last_key) *last_key = table->meta().last_key;
  }
}

// Whether a file is so small that it is merged with its neighbours, so that many small flushes do not leave
// many files.
bool is_small(uint64_t size_bytes, const Knobs& knobs) {
  return size_bytes < knobs.sstable_max_bytes / kSmallPart;
}

// Returns the files of a level that the run overlaps, and small files before and behind these.
SstableList overlapping_or_small(const SstableList& level, const std::string& first_key,
                                 const std::string& last_key, const Knobs& knobs) {
  size_t from = 0;
  while (from < level.size() && level[from]->meta().last_key < first_key) ++from;
  size_t to = from;
  while (to < level.size() && level[to]->meta().first_key <= last_key) ++to;
  while (from > 0 && is_small(level[from - 1]->meta().size_bytes, knobs)) --from;
  while (to < level.size() && is_small(level[to]->meta().size_bytes, knobs)) ++to;
  return {level.begin() + static_cast<ptrdiff_t>(from), level.begin() + static_cast<ptrdiff_t>(to)};
}

Compaction from_level0(uint32_t shard, const ShardLevels& levels, const Knobs& knobs) {
  Compaction work;
  work.shard = shard;
  work.target_level = 1;
  work.newest_first = levels[0];
  std::string first_key = levels[0][0]->meta().first_key;
  std::string last_key = levels[0][0]->meta().last_key;
  widen(levels[0], &first_key, &last_key);
  if (levels.size() > 1) {
    SstableList below = overlapping_or_small(levels[1], first_key, last_key, knobs);
    if (!below.empty()) work.runs.push_back(std::move(below));
  }
  return work;
}

// Picks the first file behind the end of the last pick, with neighbours that share its first or last key.
SstableList pick_files(const SstableList& level, std::string& cursor_key) {
  size_t from = 0;
  while (from < level.size() && level[from]->meta().first_key <= cursor_key) ++from;
  if (from == level.size()) from = 0;
  size_t to = from + 1;
  while (from > 0 && level[from - 1]->meta().last_key == level[from]->meta().first_key) --from;
  while (to < level.size() && level[to - 1]->meta().last_key == level[to]->meta().first_key) ++to;
  cursor_key = level[to - 1]->meta().last_key;
  return {level.begin() + static_cast<ptrdiff_t>(from), level.begin() + static_cast<ptrdiff_t>(to)};
}

Compaction from_level(uint32_t shard, uint32_t level, const ShardLevels& levels, std::string& cursor_key) {
  Compaction work;
  work.shard = shard;
  work.target_level = level + 1;
  work.runs.push_back(pick_files(levels[level], cursor_key));
  if (level + 1 < levels.size()) {
    SstableList below = overlapping(levels[level + 1], work.runs[0].front()->meta().first_key,
                                    work.runs[0].back()->meta().last_key);
    if (!below.empty()) work.runs.push_back(std::move(below));
  }
  work.is_move = work.runs.size() == 1;
  return work;
}

}  // namespace

bool Compaction::contains(const Sstable* table) const {
  const auto has = [table](const SstableList& list) {
    return std::any_of(list.begin(), list.end(), [table](const auto& input) { return input.get() == table; });
  };
  return has(newest_first) || std::any_of(runs.begin(), runs.end(), has);
}

bool Compaction::leaves_older(const ShardLevels& levels, std::string_view user_key) const {
  for (size_t level = target_level; level < levels.size(); ++level) {
    auto table = std::partition_point(levels[level].begin(), levels[level].end(), [&](const auto& candidate) {
      return candidate->meta().last_key < user_key;
    });
    for (; table != levels[level].end() && (*table)->meta().first_key <= user_key; ++table) {
      if (!contains(table->get())) return true;
    }
  }
  return false;
}

void add_to_level(ShardLevels* levels, uint32_t level, const SstableList& tables) {
  if (levels->size() <= level) levels->resize(level + 1);
  SstableList& list = (*levels)[level];
  list.insert(list.begin(), tables.begin(), tables.end());
  if (level > 0) std::sort(list.begin(), list.end(), ByLevelOrder());
}

uint64_t level_bytes(const SstableList& level) {
  uint64_t sum = 0;
  for (const auto& table : level) sum += table->meta().size_bytes;
  return sum;
}

uint64_t level_target_bytes(uint32_t level, const Knobs& knobs) {
  uint64_t target = knobs.level1_files * knobs.sstable_max_bytes;
  for (uint32_t above = 1; above < level; ++above) target *= knobs.level_ratio;
  return target;
}

std::vector<Compaction> pick_compactions(const FileSet& files, const Knobs& knobs,
                                         std::vector<std::vector<std::string>>& cursor_keys) {
  std::vector<Compaction> picked;
  for (uint32_t shard = 0; shard < files.shards.size(); ++shard) {
    if (files.shards[shard][0].size() >= knobs.level0_files)
      picked.push_back(from_level0(shard, files.shards[shard], knobs));
  }
  if (!picked.empty()) return picked;
  for (uint32_t shard = 0; shard < files.shards.size(); ++shard) {
    const ShardLevels& levels = files.shards[shard];
    for (uint32_t level = 1; level + 1 < kMaxLevels && level < levels.size(); ++level) {
      if (level_bytes(levels[level]) <= level_target_bytes(level, knobs)) continue;
      picked.push_back(from_level(shard, level, levels, cursor_keys[shard][level]));
      break;
    }
  }
  return picked;
}

uint64_t compaction_debt_bytes(const ShardLevels& levels, const Knobs& knobs) {
  uint64_t debt = levels[0].size() >= knobs.level0_files ? level_bytes(levels[0]) : 0;
  for (uint32_t level = 1; level + 1 < kMaxLevels && level < levels.size(); ++level) {
    const uint64_t held = level_bytes(levels[level]);
    const uint64_t target = level_target_bytes(level, knobs);
    if (held > target) debt += held - target;
  }
  return debt;
}

std::optional<Compaction> pick_whole_shard(const FileSet& files, uint32_t shard, const Knobs& knobs) {
  const ShardLevels& levels = files.shards[shard];
  Compaction work;
  work.shard = shard;
  work.newest_first = levels[0];
  uint64_t bytes = level_bytes(levels[0]);
  for (size_t level = 1; level < levels.size(); ++level) {
    if (levels[level].empty()) continue;
    bytes += level_bytes(levels[level]);
    work.runs.push_back(levels[level]);
  }
  if (work.newest_first.empty() && work.runs.size() <= 1) return std::nullopt;
  work.target_level = 1;
  while (work.target_level + 1 < kMaxLevels && bytes > level_target_bytes(work.target_level, knobs)) {
    ++work.target_level;
  }
  return work;
}

std::optional<Compaction> pick_all_of_shard(const FileSet& files, uint32_t shard, const Knobs& knobs) {
  if (auto compaction = pick_whole_shard(files, shard, knobs)) return compaction;
  const ShardLevels& levels = files.shards[shard];
  for (uint32_t level = 1; level < levels.size(); ++level) {
    if (levels[level].empty()) continue;
    Compaction work;
    work.shard = shard;
    work.target_level = level;
    work.runs.push_back(levels[level]);
    return work;
  }
  return std::nullopt;
}

std::optional<Compaction> pick_retired(const FileSet& files, uint32_t shard, const RetiredKeys& retired) {
  const ShardLevels& levels = files.shards[shard];
  for (uint32_t level = 1; level < levels.size(); ++level) {
    SstableList found;
    for (const auto& table : levels[level]) {
      if (retired.overlaps(table->meta().first_key, table->meta().last_key)) found.push_back(table);
    }
    if (found.empty()) continue;
    Compaction work;
    work.shard = shard;
    work.target_level = level;
    work.runs.push_back(std::move(found));
    return work;
  }
  return std::nullopt;
}

uint32_t level_for_flush(const ShardLevels& levels, const std::string& first_key, const std::string& last_key,
                         uint64_t size_bytes, const Knobs& knobs) {
  if (is_small(size_bytes, knobs)) return 0;
  uint32_t free_level = 0;
  for (uint32_t level = 0; level + 1 < kMaxLevels; ++level) {
    if (level < levels.size() && !overlapping(levels[level], first_key, last_key).empty()) break;
    free_level = level;
    const uint64_t held = level < levels.size() ? level_bytes(levels[level]) : 0;
    if (level > 0 && held + size_bytes <= level_target_bytes(level, knobs)) break;
  }
  return free_level;
}

}  // namespace spectradb::lsm

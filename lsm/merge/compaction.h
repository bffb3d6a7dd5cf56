// Which SSTables of a shard to merge next. Levels hold one sorted run each, level_ratio times the size of the
// one before; level 0 holds whole flushes. Nothing here reads files or changes state: pure functions of the
// levels.
//
// Merging must keep, for every key, newer versions in earlier places. So level 0 is always taken whole, and a
// file of a deeper level takes along its neighbours that hold the same key.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lsm/base/knobs.h"
#include "lsm/base/retired_keys.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

struct Compaction {
  uint32_t shard = 0;
  uint32_t target_level = 0;
  SstableList newest_first;       // inputs of level 0
  std::vector<SstableList> runs;  // inputs of deeper levels, one sorted run each
  bool is_move = false;           // one run with nothing to merge with: only the manifest changes

  bool contains(const Sstable* table) const;
  // Whether versions of the key that are older than the inputs' may lie in the levels but not in the inputs.
  bool leaves_older(const ShardLevels& levels, std::string_view user_key) const;
};

// Adds tables to a level, in its order; to level 0 as the newest.
void add_to_level(ShardLevels* levels, uint32_t level, const SstableList& tables);

uint64_t level_bytes(const SstableList& level);
uint64_t level_target_bytes(uint32_t level, const Knobs& knobs);

// Picks the most urgent work, at most one compaction a shard. While any shard has too many flushes, only
// such shards are picked. `cursor_keys` remembers, per shard and level, where the last pick ended.
std::vector<Compaction> pick_compactions(const FileSet& files, const Knobs& knobs,
                                         std::vector<std::vector<std::string>>& cursor_keys);

// How many bytes on disk wait to be rewritten: a shard's flushes once there are level0_files of them, and
// what each level holds beyond its target.
uint64_t compaction_debt_bytes(const ShardLevels& levels, const Knobs& knobs);

// Merges all files of a shard into one run; nothing when they are one already.
std::optional<Compaction> pick_whole_shard(const FileSet& files, uint32_t shard, const Knobs& knobs);
// The same, also where there is nothing to merge.
std::optional<Compaction> pick_all_of_shard(const FileSet& files, uint32_t shard, const Knobs& knobs);

// For a shard that is one run already: picks the files that hold retired keys, to rewrite them without
// these keys.
std::optional<Compaction> pick_retired(const FileSet& files, uint32_t shard, const RetiredKeys& retired);

// The deepest level into which files of a flush with these bounds can go without passing an overlapping one.
uint32_t level_for_flush(const ShardLevels& levels, const std::string& first_key, const std::string& last_key,
                         uint64_t size_bytes, const Knobs& knobs);

}  // namespace spectradb::lsm

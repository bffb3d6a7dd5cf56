// Store::range_size(): how much a range of keys holds, from memtables and the indexes of files.
#include <algorithm>

#include "lsm/store_impl.h"

namespace spectradb::lsm {
namespace {

uint64_t versions_between(const Sstable& table, std::string_view from, std::string_view to) {
  const FileMeta& meta = table.meta();
  if (meta.last_key < from || meta.first_key >= to) return 0;
  if (meta.first_key >= from && meta.last_key < to) return meta.version_count;
  if (!table.load().is_ok() || table.block_count() == 0) return meta.version_count;
  const size_t first = table.find_block({from});
  const size_t last = table.find_block({to}, first);
  // Half a block for each end that lies inside one.
  const uint64_t half_blocks = 2 * (last - first) + (first == last ? 1 : 0);
  return std::max<uint64_t>(1, meta.version_count * half_blocks / (2 * table.block_count()));
}

uint64_t versions_between(const SstableList& tables, std::string_view from, std::string_view to) {
  uint64_t versions = 0;
  for (const auto& table : tables) versions += versions_between(*table, from, to);
  return versions;
}

}  // namespace

RangeSize StoreImpl::range_size(std::string_view from, std::string_view to) const {
  const auto state = states_->current();
  RangeSize size;
  for (const auto& memtable : state->memtables) size.current += memtable->list().estimate_between(from, to);
  for (const ShardLevels& levels : state->files->shards) {
    for (const SstableList& level : levels) size.current += versions_between(level, from, to);
  }
  for (const ShardHistory& history : state->files->history) {
    for (const HistoryGroup& group : history.groups) {
      for (const HistoryRun& run : group) size.superseded += versions_between(run.tables, from, to);
    }
  }
  return size;
}

}  // namespace spectradb::lsm

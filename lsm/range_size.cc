// Store::range_size(): how much a range of keys holds, from memtables and the indexes of files.
#include "lsm/store_impl.h"

namespace spectradb::lsm {
namespace {

uint64_t versions_between(const SstableList& tables, std::string_view from, std::string_view to) {
  uint64_t versions = 0;
  for (const auto& table : tables) versions += table->estimate_between(from, to);
  return versions;
}

}  // namespace

RangeSize StoreImpl::range_size(std::string_view from, std::string_view to) const {
  const auto state = states_->current();
  RangeSize size;
  for (const RecentSource& recent : state->recent) {
    size.current += recent.table != nullptr ? recent.table->estimate_between(from, to)
                                            : recent.memtable->list().estimate_between(from, to);
  }
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

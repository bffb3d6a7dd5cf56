// Store::range_size(): how much a range of keys holds, from memtables and the indexes of files.
#include "lsm/store/figures.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

// How many versions the files have that reach into a range.
struct Overlap {
  uint64_t inside = 0;   // versions of files that lie inside the range
  uint64_t partial = 0;  // versions of files that only reach into it

  void add(const FileMeta& meta, std::string_view from, std::string_view to) {
    if (meta.last_key < from || meta.first_key >= to) return;
    (meta.first_key >= from && meta.last_key < to ? inside : partial) += meta.version_count;
  }
};

}  // namespace

// Only the files of the levels are asked which part of them lies in the range. History has about the same
// keys, and its many indexes are seldom in memory.
RangeSize range_size_of(const ReadState& state, std::string_view from, std::string_view to) {
  RangeSize size;
  for (const RecentSource& recent : state.recent) {
    size.current += recent.table != nullptr ? recent.table->estimate_between(from, to)
                                            : recent.memtable->list().estimate_between(from, to);
  }
  Overlap present;
  uint64_t in_files = 0;
  for (const ShardLevels& levels : state.files->shards) {
    for (const SstableList& level : levels) {
      for (const auto& table : level) {
        in_files += table->estimate_between(from, to);
        present.add(table->meta(), from, to);
      }
    }
  }
  size.current += in_files;
  Overlap past;
  for (const ShardHistory& history : state.files->history) {
    for (const HistoryGroup& group : history.groups) {
      for (const HistoryRun& run : group) {
        for (const auto& table : run.tables) past.add(table->meta(), from, to);
      }
    }
  }
  const double part = present.partial == 0 ? 0.5
                                           : static_cast<double>(in_files - present.inside) /
                                                 static_cast<double>(present.partial);
  size.superseded = past.inside + static_cast<uint64_t>(part * static_cast<double>(past.partial));
  return size;
}

RangeSize StoreImpl::range_size(std::string_view from, std::string_view to) const {
  return range_size_of(*states_->current(), from, to);
}

}  // namespace spectradb::lsm

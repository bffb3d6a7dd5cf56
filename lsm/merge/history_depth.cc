#include "lsm/merge/history_depth.h"

#include <algorithm>

#include "lsm/base/recency.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kSampledBlocks =
    64;  // and one of each file at least: little beside a merge, which reads all

struct Lifetimes {
  double commits = 0;  // at which versions are visible, all together
  double versions = 0;

  // Adds the blocks of a file for the whole of it.
  bool add(const Sstable& table, size_t blocks, Decompressor& decompressor) {
    const auto index = table.index();
    if (!index) return false;
    blocks = std::min(blocks, (*index)->block_count());
    uint64_t seen = 0;
    double visible = 0;
    for (size_t i = 0; i < blocks; ++i) {
      const size_t place = i * (*index)->block_count() / blocks;
      const auto block = table.read_block(**index, place, BlockUse::kScan, decompressor);
      if (!block || (*block)->restart_count() == 0) return false;
      for (uint32_t version = 0; version < (*block)->version_count(); ++version, ++seen) {
        const uint64_t recency = (*block)->recency(version);  // as encoded in the block
        if (recency > 1) visible += static_cast<double>(recency - 1);
      }
    }
    if (seen == 0) return true;
    const auto all = static_cast<double>(table.meta().version_count);
    commits += visible / static_cast<double>(seen) * all;
    versions += all;
    return true;
  }
};

}  // namespace

std::optional<uint64_t> estimate_depth(const std::vector<HistoryGroup>& groups, Decompressor& decompressor) {
  size_t files = 0;
  Bounds bounds;
  for (const HistoryGroup& group : groups) {
    for (const HistoryRun& run : group) {
      files += run.tables.size();
      bounds.merge(run.bounds);
    }
  }
  if (files == 0 || bounds.max_recency < bounds.min_commit) return std::nullopt;
  const size_t blocks = std::max<size_t>(kSampledBlocks / files, 1);
  Lifetimes lifetimes;
  for (const HistoryGroup& group : groups) {
    for (const HistoryRun& run : group) {
      for (const auto& table : run.tables) {
        if (!lifetimes.add(*table, blocks, decompressor)) return std::nullopt;
      }
    }
  }
  const auto span = static_cast<double>(bounds.max_recency - bounds.min_commit + 1);
  const double visible = std::max(lifetimes.commits / span, 1.0);  // at one commit, on average
  constexpr double kMost = 1ull << 62;  // files may say that they have more versions than there are numbers
  return static_cast<uint64_t>(std::min(lifetimes.versions / visible, kMost));
}

}  // namespace spectradb::lsm

#include "lsm/table/history.h"

#include <algorithm>
#include <map>

namespace spectradb::lsm {
namespace {

constexpr unsigned kLevelShift = 58;       // of node numbers: the level stands above them
constexpr uint64_t kRunsPerFullFile = 64;  // a run needs at least 1/64 of a full file
// The number of versions of a key that a leaf should hold. With more leaves scans of the past read less; with
// fewer, points of the past look in fewer places, and neighbouring versions of a key compress together.
constexpr uint64_t kVersionsPerLeaf = 3;
// Groups below 1/64 of a full file count as one size: they cost next to nothing.
constexpr uint64_t kUnitsPerFile = 64;
constexpr unsigned kSizeStepBits = 3;  // groups of one size differ by less than a factor of eight

uint64_t bytes_of(const HistoryGroup& group) {
  uint64_t sum = 0;
  for (const HistoryRun& run : group) {
    for (const auto& table : run.tables) sum += table->meta().size_bytes;
  }
  return sum;
}

}  // namespace

void ShardHistory::add(HistoryGroup group) {
  std::erase_if(group, [](const HistoryRun& run) { return run.tables.empty(); });
  if (group.empty()) return;
  for (HistoryRun& run : group) {
    run.bounds = {};
    for (const auto& table : run.tables) run.bounds.merge(table->meta().bounds);
    bounds.merge(run.bounds);
  }
  groups.push_back(std::move(group));
}

TimeNodes::TimeNodes(uint64_t min_commit, uint64_t max_recency, uint64_t leaf_count)
    : begin_(min_commit), leaf_commits_((std::max(min_commit, max_recency) - min_commit) / leaf_count + 1) {}

uint64_t TimeNodes::node_of(uint64_t commit, uint64_t recency) const {
  const auto leaf_of = [this](uint64_t at) { return (std::max(at, begin_) - begin_) / leaf_commits_; };
  const uint64_t first = leaf_of(commit);
  // The last commit at which the version is visible.
  const uint64_t last = leaf_of(std::max(commit, recency - 1));
  const auto level = static_cast<unsigned>(std::bit_width(first ^ last));
  return (uint64_t{level} << kLevelShift) | (level == 64 ? 0 : first >> level);
}

uint64_t time_leaves(uint64_t depth, uint64_t bytes, uint64_t sstable_max_bytes) {
  const uint64_t runs = bytes / std::max<uint64_t>(sstable_max_bytes / kRunsPerFullFile, 1);
  return std::clamp<uint64_t>(std::min(depth / kVersionsPerLeaf, runs), 1, kMaxTimeLeaves);
}

bool holds_retired(const HistoryGroup& group, const RetiredKeys& retired) {
  return std::any_of(group.begin(), group.end(), [&](const HistoryRun& run) {
    return std::any_of(run.tables.begin(), run.tables.end(), [&](const auto& table) {
      return retired.overlaps(table->meta().first_key, table->meta().last_key);
    });
  });
}

std::vector<size_t> pick_history_merge(const ShardHistory& history, const Knobs& knobs) {
  std::map<unsigned, std::vector<size_t>> of_size;
  for (size_t index = 0; index < history.groups.size(); ++index) {
    const uint64_t units =
        bytes_of(history.groups[index]) / std::max<uint64_t>(knobs.sstable_max_bytes / kUnitsPerFile, 1);
    const auto step = (static_cast<unsigned>(std::bit_width(units)) + kSizeStepBits - 1) / kSizeStepBits;
    of_size[step].push_back(index);
  }
  for (auto& [step, groups] : of_size) {
    if (groups.size() >= knobs.history_fan_in) return std::move(groups);
  }
  return {};
}

}  // namespace spectradb::lsm

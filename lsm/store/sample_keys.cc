// Store::sample_keys(): keys spread over a range, as far as memtables and the indexes of files tell without reading.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.h"
#include "lsm/store/figures.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

// Of about so many keys of a list one is given.
constexpr uint64_t kSeenAKey = 4;

class Sample {
 public:
  Sample(std::string_view from, std::string_view to) : from_(from), to_(to) {}

  // Takes `count` keys of a list.
  void take(const VersionList& list, size_t count) {
    std::vector<std::string_view> seen;
    list.keys().sample(from_, to_, kSeenAKey * count,
                       [&seen](const KeyNode& key, uint64_t) { seen.push_back(key.user_key()); });
    for (size_t i = 0; i < std::min(count, seen.size()); ++i)
      keys_.emplace_back(seen[place(i, count, seen.size())]);
  }

  // The last keys of blocks. Nothing where one block has all of the range.
  void take(const Sstable& table, size_t count) {
    const auto index = table.index();
    if (!index) return;
    const size_t first = (*index)->find_block({from_});
    const size_t behind = (*index)->find_block({to_}, first);
    for (size_t i = 0; i < std::min(count, behind - first); ++i)
      keys_.emplace_back((*index)->last_key(first + place(i, count, behind - first)));
  }

  std::vector<std::string> finish() {
    std::erase_if(keys_, [this](const std::string& key) { return key < from_ || key >= to_; });
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    return std::move(keys_);
  }

 private:
  // The middle of the i-th of `count` parts of `size` places; all places where there are fewer of them.
  static size_t place(size_t i, size_t count, size_t size) {
    return size <= count ? i : (2 * i + 1) * size / (2 * count);
  }

  const std::string_view from_;
  const std::string_view to_;
  std::vector<std::string> keys_;
};

}  // namespace

// Each source gives as many keys as its part of the versions.
std::vector<std::string> sample_keys_of(const ReadState& state, std::string_view from, std::string_view to,
                                        size_t count) {
  struct Source {
    const VersionList* list;
    const Sstable* table;
    uint64_t weight;
  };
  std::vector<Source> sources;
  const auto add_table = [&](const Sstable& table) {
    sources.push_back({nullptr, &table, table.estimate_between(from, to)});
  };
  for (const RecentSource& recent : state.recent) {
    if (recent.table != nullptr) {
      add_table(*recent.table);
    } else {
      const VersionList& list = recent.memtable->list();
      sources.push_back({&list, nullptr, list.estimate_between(from, to)});
    }
  }
  for (const ShardLevels& levels : state.files->shards) {
    for (const SstableList& level : levels) {
      for (const auto& table : level) add_table(*table);
    }
  }
  const double all = std::accumulate(
      sources.begin(), sources.end(), 0.0,
      [](double sum, const Source& source) { return sum + static_cast<double>(source.weight); });
  Sample sample(from, to);
  double before = 0;
  size_t taken = 0;
  for (const Source& source : sources) {
    if (source.weight == 0) continue;
    before += static_cast<double>(source.weight);
    const auto wanted = static_cast<size_t>(std::llround(before / all * static_cast<double>(count)));
    if (wanted <= taken) continue;
    if (source.list != nullptr) {
      sample.take(*source.list, wanted - taken);
    } else {
      sample.take(*source.table, wanted - taken);
    }
    taken = wanted;
  }
  return sample.finish();
}

std::vector<std::string> StoreImpl::sample_keys(std::string_view from, std::string_view to,
                                                size_t count) const {
  return sample_keys_of(*states_->current(), from, to, count);
}

}  // namespace spectradb::lsm

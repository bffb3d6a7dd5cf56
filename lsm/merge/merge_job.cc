#include "lsm/merge/merge_job.h"

#include <algorithm>

#include "lsm/file/file_names.h"
#include "lsm/merge/history_depth.h"
#include "lsm/merge/merge_heap.h"

namespace spectradb::lsm {
namespace {

const ReadLimits kEverything{UINT64_MAX, 0, std::nullopt, nullptr};
constexpr size_t kBytesOfVersion = 256;     // a value of this size makes a version count as two
constexpr size_t kLeftOutBytes = 1u << 20;  // the least that a value counts for that was not read

// Merges that run at the same time share one large value in memory: a merge holds the lock from load() to the
// next version.
std::unique_lock<std::mutex> turn_for(const MergeContext& context, const VersionIterator& version) {
  return version.is_left_out() ? std::unique_lock(*context.large_values) : std::unique_lock<std::mutex>();
}

KeyHorizon horizon_of(const MergeContext& context, std::string_view key) {
  return context.horizons == nullptr ? KeyHorizon() : context.horizons->of(key);
}

bool is_behind(const MergeContext& context, const KeyHorizon& horizon, const VersionIterator& version,
               uint64_t recency, int64_t valid_to) {
  return context.horizons != nullptr &&
         context.horizons->leave_out(horizon, {version.commit(), version.ordinal()}, recency, valid_to);
}

bool asks_for_end(const MergeContext& context, const KeyHorizon& horizon) {
  return context.horizons != nullptr && context.horizons->asks_for_end(horizon);
}

// The size of what is merged, added up from the metadata of files.
struct InputTotals {
  Bounds bounds;
  uint64_t versions = 0;
  uint64_t keys = 0;
  uint64_t bytes = 0;  // on disk

  void add(const SstableList& tables) {
    uint64_t own_keys = 0;
    for (const auto& table : tables) {
      const FileMeta& meta = table->meta();
      bounds.merge(meta.bounds);
      versions += meta.version_count;
      bytes += meta.size_bytes;
      own_keys += meta.key_count;
    }
    keys = std::max(keys, own_keys);  // the runs have about the same keys
  }

  // Scales the bytes down for a job that stops after max_versions.
  void limit(uint64_t max_versions) {
    if (versions > max_versions)
      bytes = static_cast<uint64_t>(static_cast<double>(bytes) * static_cast<double>(max_versions) /
                                    static_cast<double>(versions));
  }

  uint64_t versions_a_key() const { return versions / std::max<uint64_t>(keys, 1); }

  TimeNodes nodes(uint64_t max_recency, uint64_t depth, uint64_t sstable_max_bytes) const {
    return {bounds.min_commit, max_recency, time_leaves(depth, bytes, sstable_max_bytes)};
  }
};

// Slices see less and less of their inputs, and would each divide time in another way.
TimeNodes nodes_of_merge(const MergeContext& context, const std::function<TimeNodes()>& divide) {
  if (context.nodes == nullptr) return divide();
  if (!*context.nodes) *context.nodes = divide();
  return **context.nodes;
}

InputTotals totals_of(const Compaction& compaction) {
  InputTotals totals;
  for (const auto& table : compaction.newest_first) totals.add({table});
  for (const SstableList& run : compaction.runs) totals.add(run);
  return totals;
}

InputTotals totals_of(const std::vector<HistoryGroup>& groups) {
  InputTotals totals;
  for (const HistoryGroup& group : groups) {
    for (const HistoryRun& run : group) totals.add(run.tables);
  }
  return totals;
}

class CompactionJob final : public MergeJob {
 public:
  CompactionJob(const MergeContext& context, const Knobs& knobs, std::shared_ptr<const FileSet> files,
                Compaction compaction, const InputTotals& totals)
      : MergeJob(context),
        files_(std::move(files)),
        compaction_(std::move(compaction)),
        history_(context.history,
                 nodes_of_merge(context,
                                [&] {
                                  return totals.nodes(totals.bounds.max_commit, totals.versions_a_key(),
                                                      knobs.sstable_max_bytes);
                                }),
                 context.new_number),
        current_(std::make_unique<TableOutput>(context.current, context.new_number)) {}

  Status run(const RetiredKeys& retired, const Look& look) override {
    return compaction_.is_move ? Status::ok() : merge(retired, look);
  }
  Status replace(FileSet* files, const OpenTables& open, std::vector<std::string>* inputs) override;
  bool is_compaction() const override { return true; }

 private:
  Status merge(const RetiredKeys& retired, const Look& look);

  const std::shared_ptr<const FileSet> files_;
  const Compaction compaction_;
  HistoryOutput history_;
  std::unique_ptr<TableOutput> current_;
};

std::vector<std::unique_ptr<VersionIterator>> open_inputs(const Compaction& compaction,
                                                          Decompressor* decompressor) {
  std::vector<std::unique_ptr<VersionIterator>> sources;
  for (const auto& table : compaction.newest_first) {
    auto iterator = std::make_unique<SstableIterator>(&kEverything, decompressor);
    iterator->leave_out_large();
    iterator->reset(table.get());
    sources.push_back(std::move(iterator));
  }
  for (const SstableList& run : compaction.runs) {
    auto iterator = std::make_unique<LevelIterator>(&kEverything, decompressor);
    iterator->leave_out_large();
    iterator->reset(&run);
    sources.push_back(std::move(iterator));
  }
  for (const auto& source : sources) source->seek({});
  return sources;
}

Status CompactionJob::merge(const RetiredKeys& retired, const Look& look) {
  const ShardLevels& levels = files_->shards[compaction_.shard];  // flushes meanwhile add only newer versions
  const auto tracker = context_.properties.new_recency_tracker();
  Decompressor decompressor(&context_.decompressors);
  const auto sources = open_inputs(compaction_, &decompressor);
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  std::string key;
  bool is_first = true;
  bool is_retired = false;
  KeyHorizon horizon;
  while (!heap.is_empty()) {
    const VersionIterator& version = *heap.top();
    if (is_at_end(version)) break;
    if (is_first || version.user_key() != key) {
      is_first = false;
      key.assign(version.user_key());
      is_retired = retired.contains(key);
      horizon = horizon_of(context_, key);
      tracker->begin_key();
    }
    auto turn = turn_for(context_, version);
    if (!is_retired) {
      if (!heap.top()->load()) return version.status();
      Standing standing = tracker->add(version.commit(), version.value());
      if (standing.clears_key && !compaction_.leaves_older(levels, key)) standing.recency = version.commit();
      if (is_behind(context_, horizon, version, standing.recency, standing.valid.valid_to)) {
        // Nobody reads it.
      } else if (standing.recency == kNeverSuperseded) {
        SPECTRADB_RETURN_IF_ERROR(current_->add(version, standing.recency, standing.valid));
      } else {
        SPECTRADB_RETURN_IF_ERROR(history_.add(version, standing.recency, standing.valid));
      }
    }
    heap.top()->next();
    if (turn.owns_lock()) turn.unlock();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
    SPECTRADB_RETURN_IF_ERROR(look());
  }
  SPECTRADB_RETURN_IF_ERROR(history_.finish());
  return current_->finish();
}

Status CompactionJob::replace(FileSet* files, const OpenTables& open, std::vector<std::string>* inputs) {
  ShardLevels& levels = files->shards[compaction_.shard];
  for (SstableList& level : levels) {
    if (compaction_.is_move) {
      std::erase_if(level, [&](const auto& table) { return compaction_.contains(table.get()); });
      continue;
    }
    SPECTRADB_RETURN_IF_ERROR(take_merged(
        &level, [&](const Sstable& table) { return compaction_.contains(&table); }, inputs));
  }
  SPECTRADB_ASSIGN_OR_RETURN(auto group, open_group(history_, open));
  files->history[compaction_.shard].add(std::move(group));
  SPECTRADB_ASSIGN_OR_RETURN(const auto merged, open(current_->files()));
  outputs_.push_back(std::move(current_));
  add_to_level(&levels, compaction_.target_level, merged);
  if (compaction_.is_move) add_to_level(&levels, compaction_.target_level, compaction_.runs.front());
  return Status::ok();
}

class HistoryJob final : public MergeJob {
 public:
  HistoryJob(const MergeContext& context, const Knobs& knobs, uint32_t shard, std::vector<size_t> places,
             std::vector<HistoryGroup> groups, const InputTotals& totals)
      : MergeJob(context),
        shard_(shard),
        places_(std::move(places)),
        groups_(std::move(groups)),
        totals_(totals),
        sstable_max_bytes_(knobs.sstable_max_bytes) {}

  Status run(const RetiredKeys& retired, const Look& look) override;
  Status replace(FileSet* files, const OpenTables& open, std::vector<std::string>* inputs) override;
  bool is_compaction() const override { return false; }

 private:
  const uint32_t shard_;
  const std::vector<size_t> places_;
  const std::vector<HistoryGroup> groups_;
  const InputTotals totals_;
  const uint64_t sstable_max_bytes_;
  std::optional<HistoryOutput> output_;  // since run()
};

Status HistoryJob::run(const RetiredKeys& retired, const Look& look) {
  Decompressor decompressor(&context_.decompressors);
  const TimeNodes nodes = nodes_of_merge(context_, [&] {
    const uint64_t depth =
        std::max(totals_.versions_a_key(), estimate_depth(groups_, decompressor).value_or(0));
    return totals_.nodes(totals_.bounds.max_recency, depth, sstable_max_bytes_);
  });
  output_.emplace(context_.history, nodes, context_.new_number);
  std::vector<std::unique_ptr<LevelIterator>> sources;
  for (const HistoryGroup& group : groups_) {
    for (const HistoryRun& run : group) {
      sources.push_back(std::make_unique<LevelIterator>(&kEverything, &decompressor));
      sources.back()->leave_out_large();
      sources.back()->reset(&run.tables);
      sources.back()->seek({});
    }
  }
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  while (!heap.is_empty()) {
    const VersionIterator& version = *heap.top();
    if (is_at_end(version)) break;
    auto turn = turn_for(context_, version);
    if (!retired.contains(version.user_key())) {
      const KeyHorizon horizon = horizon_of(context_, version.user_key());
      const auto bounds = [&] { return context_.properties.bounds_or_all(version.value()); };
      const bool asks = asks_for_end(context_, horizon);
      if (asks && !heap.top()->load()) return version.status();
      const int64_t valid_to = asks ? bounds().valid_to : INT64_MAX;
      if (!is_behind(context_, horizon, version, version.recency(), valid_to)) {
        if (!heap.top()->load()) return version.status();
        SPECTRADB_RETURN_IF_ERROR(output_->add(version, version.recency(), bounds()));
      }
    }
    heap.top()->next();
    if (turn.owns_lock()) turn.unlock();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
    SPECTRADB_RETURN_IF_ERROR(look());
  }
  return output_->finish();
}

Status HistoryJob::replace(FileSet* files, const OpenTables& open, std::vector<std::string>* inputs) {
  ShardHistory& history = files->history[shard_];
  ShardHistory kept;
  for (size_t place = 0; place < history.groups.size(); ++place) {
    if (!std::binary_search(places_.begin(), places_.end(), place)) {
      kept.add(history.groups[place]);
      continue;
    }
    HistoryGroup left = history.groups[place];
    for (HistoryRun& run : left)
      SPECTRADB_RETURN_IF_ERROR(take_merged(
          &run.tables, [](const Sstable&) { return true; }, inputs));
    kept.add(std::move(left));
  }
  SPECTRADB_ASSIGN_OR_RETURN(auto group, open_group(*output_, open));
  kept.add(std::move(group));
  history = std::move(kept);
  return Status::ok();
}

}  // namespace

Result<HistoryGroup> MergeJob::open_group(HistoryOutput& history, const OpenTables& open) {
  HistoryGroup group;
  for (auto& run : history.release()) {
    auto tables = open(run->files());
    outputs_.push_back(std::move(run));
    if (!tables) return tables.status();
    group.push_back({std::move(*tables), {}});
  }
  return group;
}

bool MergeJob::is_at_end(const VersionIterator& version) {
  if (context_.max_versions == UINT64_MAX) return false;
  if (is_full_ && version.user_key() != last_key_) {
    stopped_at_.emplace(version.user_key());
    return true;
  }
  const size_t value_bytes = version.is_left_out() ? kLeftOutBytes : version.value().size();
  read_ += 1 + value_bytes / kBytesOfVersion;
  if (!is_full_ && read_ >= context_.max_versions) {
    is_full_ = true;
    last_key_.assign(version.user_key());
  }
  return false;
}

Status MergeJob::take_merged(SstableList* tables, const std::function<bool(const Sstable&)>& is_input,
                             std::vector<std::string>* inputs) const {
  SstableList left;
  for (const auto& table : *tables) {
    const FileMeta& meta = table->meta();
    if (!is_input(*table) || (stopped_at_ && meta.first_key >= *stopped_at_)) {
      left.push_back(table);
    } else if (!stopped_at_ || meta.last_key < *stopped_at_) {
      inputs->push_back(sstable_name(meta.number));
    } else {
      auto cut = context_.cut_table(*table, *stopped_at_);
      if (!cut) return cut.status();
      left.push_back(std::move(*cut));
    }
  }
  tables->swap(left);
  return Status::ok();
}

uint64_t MergeJob::written_bytes() const {
  uint64_t sum = 0;
  for (const auto& output : outputs_) sum += output->size_bytes();
  return sum;
}

std::unique_ptr<MergeJob> make_compaction_job(const MergeContext& context, const Knobs& knobs,
                                              std::shared_ptr<const FileSet> files, Compaction compaction) {
  InputTotals totals = totals_of(compaction);
  totals.limit(context.max_versions);
  return std::make_unique<CompactionJob>(context, knobs, std::move(files), std::move(compaction), totals);
}

std::unique_ptr<MergeJob> make_history_job(const MergeContext& context, const Knobs& knobs,
                                           const FileSet& files, uint32_t shard, std::vector<size_t> groups) {
  std::vector<HistoryGroup> merging;
  merging.reserve(groups.size());
  for (const size_t group : groups) merging.push_back(files.history[shard].groups[group]);
  InputTotals totals = totals_of(merging);
  totals.limit(context.max_versions);
  return std::make_unique<HistoryJob>(context, knobs, shard, std::move(groups), std::move(merging), totals);
}

}  // namespace spectradb::lsm

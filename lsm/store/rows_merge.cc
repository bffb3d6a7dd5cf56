// The merges of a store that lives in its database. They are parts of edits, on the thread of the connection.
// A COMMIT merges a bounded slice, and cuts the inputs where it stops. The next slice goes on there, in a
// later commit, of whichever connection.
#include <algorithm>
#include <map>
#include <utility>

#include "base/assert.h"
#include "lsm/base/out_of_memory.h"
#include "lsm/file/file_names.h"
#include "lsm/store/rows_store.h"

namespace spectradb::lsm {
namespace {

constexpr uint32_t kVersionsBetweenQuestions = 1024;
// Each time a 32nd part of a memtable has been written, 4096 versions are merged (with memtables of 4 MiB:
// some 5 ms for each 1,500 small facts). Where that is too slow, more files collect in level 0, and more of
// them are merged at once.
constexpr uint64_t kCreditsOfMemtable = 32;
// A spilled commit takes long anyway. With less than this, a merge of level 0 into a level 1 of a few times its
// size is left under way, and every scan reads all its inputs until later commits have done the rest.
constexpr uint64_t kMergedOfSpilled = 4;
constexpr uint64_t kBytesOfSliceVersion = 1024;
constexpr uint64_t kLeastSliceVersions = 16;

// Returns the uncompressed size.
uint64_t spilled_bytes(const WriteBatch& batch) {
  uint64_t bytes = 0;
  for (const auto& run : batch.rep()->spilled) {
    for (const auto& output : run->outputs) {
      for (const FileMeta& meta : output->files()) bytes += meta.raw_bytes;
    }
  }
  return bytes;
}

void add_numbers(const SstableList& tables, std::set<uint64_t>* numbers) {
  for (const auto& table : tables) numbers->insert(table->meta().number);
}

SstableList with_numbers(const SstableList& tables, const std::set<uint64_t>& numbers) {
  SstableList found;
  for (const auto& table : tables) {
    if (numbers.contains(table->meta().number)) found.push_back(table);
  }
  return found;
}

bool has_numbers(const HistoryGroup& group, const std::set<uint64_t>& numbers) {
  return std::any_of(group.begin(), group.end(),
                     [&](const HistoryRun& run) { return !with_numbers(run.tables, numbers).empty(); });
}

bool is_newer(const HistoryGroup& group, uint64_t number) {
  return std::all_of(group.begin(), group.end(), [number](const HistoryRun& run) {
    return std::all_of(run.tables.begin(), run.tables.end(),
                       [number](const auto& table) { return table->meta().number > number; });
  });
}

using RunsByNode = std::map<uint64_t, SstableList>;

// Adds the runs of a slice behind those of the slices before, each in the node of its versions. A run's bounds tell
// its node: in an inner one some version is visible on both sides of its middle. Returns false, and adds nothing,
// where the group does not lie behind, or was divided in another way.
bool add_slice(const HistoryGroup& group, const TimeNodes& nodes, RunsByNode* runs) {
  std::set<uint64_t> seen;
  for (const HistoryRun& run : group) {
    const uint64_t node = nodes.node_of(run.bounds.min_commit, run.bounds.max_recency);
    if (!seen.insert(node).second) return false;
    const auto before = runs->find(node);
    if (before != runs->end() &&
        before->second.back()->meta().last_key >= run.tables.front()->meta().first_key)
      return false;
  }
  for (const HistoryRun& run : group) {
    SstableList& tables = (*runs)[nodes.node_of(run.bounds.min_commit, run.bounds.max_recency)];
    tables.insert(tables.end(), run.tables.begin(), run.tables.end());
  }
  return true;
}

HistoryGroup group_of(RunsByNode runs) {
  HistoryGroup group;
  for (auto& [node, tables] : runs) group.push_back({std::move(tables), {}});
  return group;
}

// Each slice of a merge writes a group of history, of keys behind those of the slice before. As groups of
// their own they would all be read by who reads the past, and be merged again and again, since a merge of
// slices leaves as many groups as it finds. What a merge has written is known by its numbers, which are
// greater than those of its inputs: nothing else writes history meanwhile.
void join_slices(uint64_t newest_input, const TimeNodes& nodes, ShardHistory* history) {
  ShardHistory joined;
  RunsByNode written;
  for (const HistoryGroup& group : history->groups) {
    if (!is_newer(group, newest_input)) {
      joined.add(group);
    } else if (!add_slice(group, nodes, &written)) {
      joined.add(group_of(std::exchange(written, {})));
      if (!add_slice(group, nodes, &written)) joined.add(group);
    }
  }
  joined.add(group_of(std::move(written)));
  *history = std::move(joined);
}

}  // namespace

MergeContext RowsStore::merge_context(uint64_t max_versions) {
  const TableOutputOptions current = output_options(true, static_cast<int>(knobs_.compression_level));
  TableOutputOptions history = current;
  history.sstable.block_bytes = static_cast<uint32_t>(knobs_.history_block_bytes);
  MergeContext context{*options_.properties, states_->decompressors(), current, history,
                       [this] { return new_number(); }};
  context.max_versions = max_versions;
  context.cut_table = [this](const Sstable& table, const std::string& from_key) {
    return cut_table(table, from_key);
  };
  return context;
}

Status RowsStore::run_merge(Edit* edit, MergeJob& job) {
  uint32_t count = 0;
  const auto look = [&]() -> Status {
    if (++count % kVersionsBetweenQuestions != 0 || !is_interrupted_ || !is_interrupted_())
      return Status::ok();
    return {Code::kInterrupted, "interrupted"};
  };
  SPECTRADB_RETURN_IF_ERROR(job.run(edit->tree.head.retired, look));
  auto files = std::make_shared<FileSet>(*edit->tree.files);
  std::vector<std::string> inputs;
  const auto open = [this](const std::vector<FileMeta>& metas) { return open_tables(metas); };
  SPECTRADB_RETURN_IF_ERROR(job.replace(files.get(), open, &inputs));
  edit->tree.files = std::move(files);
  if (!job.has_stopped()) (job.is_compaction() ? compactions_ : history_merges_) += 1;
  merged_bytes_ += job.written_bytes();
  return Status::ok();
}

// A commit that flushes merges nothing, since it has enough to do. A spilled one merges up to four times what
// it wrote.
uint64_t RowsStore::merge_slices(const WriteBatch& batch, bool is_flushing) {
  const uint64_t credit_bytes = std::max<uint64_t>(knobs_.memtable_max_bytes / kCreditsOfMemtable, 1);
  const uint64_t frame_bytes = frame_.size() - kFrameSaltBytes;  // the salt is nothing that is ever merged
  merge_credit_bytes_ += batch.is_spilled() ? kMergedOfSpilled * spilled_bytes(batch) : frame_bytes;
  if (merge_credit_bytes_ < credit_bytes || (is_flushing && !batch.is_spilled())) return 0;
  const uint64_t slices = batch.is_spilled() ? merge_credit_bytes_ / credit_bytes : 1;
  if (!wants_merge(now())) {
    merge_credit_bytes_ = batch.is_spilled() ? merge_credit_bytes_ : 0;
    return batch.is_spilled() ? slices : 0;
  }
  merge_credit_bytes_ -= slices * credit_bytes;
  return slices;
}

bool RowsStore::wants_merge(const Tree& tree) const {
  if (tree.merge) return true;
  for (uint32_t shard = 0; shard < tree.files->shards.size(); ++shard) {
    if (compaction_debt_bytes(tree.files->shards[shard], knobs_) > 0) return true;
    if (!pick_history_merge(tree.files->history[shard], knobs_).empty()) return true;
  }
  return false;
}

bool RowsStore::pick_merge(Tree* tree) {
  std::vector<Compaction> compactions = pick_compactions(*tree->files, knobs_, cursor_keys_);
  if (!compactions.empty()) {
    const Compaction& picked = compactions.front();
    Merge merge{false, picked.shard, picked.target_level, {}};
    add_numbers(picked.newest_first, &merge.inputs);
    for (const SstableList& run : picked.runs) add_numbers(run, &merge.inputs);
    tree->merge = std::move(merge);
    return true;
  }
  for (uint32_t shard = 0; shard < tree->files->history.size(); ++shard) {
    const ShardHistory& history = tree->files->history[shard];
    Merge merge{true, shard, 0, {}};
    for (const size_t group : pick_history_merge(history, knobs_)) {
      for (const HistoryRun& run : history.groups[group]) add_numbers(run.tables, &merge.inputs);
    }
    if (merge.inputs.empty()) continue;
    tree->merge = std::move(merge);
    return true;
  }
  return false;
}

// Does the rest of the merge under way, or a part of it.
Result<uint64_t> RowsStore::merge_slice(Edit* edit, uint64_t max_versions) {
  const Merge merge = *edit->tree.merge;
  edit->tree.merge.reset();
  if (sliced_inputs_ != merge.inputs) {
    sliced_inputs_ = merge.inputs;
    slice_nodes_.reset();
  }
  MergeContext context = merge_context(max_versions);
  context.nodes = &slice_nodes_;
  std::unique_ptr<MergeJob> job;
  if (merge.is_history) {
    const std::vector<HistoryGroup>& groups = edit->tree.files->history[merge.shard].groups;
    std::vector<size_t> places;
    for (size_t group = 0; group < groups.size(); ++group) {
      if (has_numbers(groups[group], merge.inputs)) places.push_back(group);
    }
    if (places.empty()) return uint64_t{0};
    job = make_history_job(context, knobs_, *edit->tree.files, merge.shard, std::move(places));
  } else {
    const ShardLevels& levels = edit->tree.files->shards[merge.shard];
    Compaction rest;
    rest.shard = merge.shard;
    rest.target_level = merge.target_level;
    rest.newest_first = with_numbers(levels[0], merge.inputs);
    for (size_t level = 1; level < levels.size(); ++level) {
      SstableList run = with_numbers(levels[level], merge.inputs);
      if (!run.empty()) rest.runs.push_back(std::move(run));
    }
    const size_t sources = rest.newest_first.size() + rest.runs.size();
    if (sources == 0) return uint64_t{0};
    const bool is_cut = std::any_of(rest.runs.begin(), rest.runs.end(),
                                    [](const SstableList& run) { return run.front()->is_cut(); });
    rest.is_move = rest.newest_first.empty() && sources == 1 && !is_cut;
    job = make_compaction_job(context, knobs_, edit->tree.files, std::move(rest));
  }
  SPECTRADB_RETURN_IF_ERROR(run_merge(edit, *job));
  SPECTRADB_ASSERT(slice_nodes_);  // by the job
  auto files = std::make_shared<FileSet>(*edit->tree.files);
  join_slices(*merge.inputs.rbegin(), *slice_nodes_, &files->history[merge.shard]);
  edit->tree.files = std::move(files);
  if (job->has_stopped()) edit->tree.merge = merge;
  return job->read_versions();
}

uint64_t RowsStore::versions_of_slice() const {
  return std::max<uint64_t>(knobs_.memtable_max_bytes / kBytesOfSliceVersion, kLeastSliceVersions);
}

// Several slices are merged as one: each writes a file of its own at least.
Status RowsStore::merge_into(Edit* edit, uint64_t slices) {
  for (uint64_t left = slices * versions_of_slice(); left > 0;) {
    if (!edit->tree.merge && !pick_merge(&edit->tree)) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t read, merge_slice(edit, left));
    left -= std::min(left, std::max<uint64_t>(read, 1));
  }
  return Status::ok();
}

Result<bool> RowsStore::merge_due() {
  Edit edit = begin_edit();
  if (edit.tree.merge || pick_merge(&edit.tree)) {
    SPECTRADB_RETURN_IF_ERROR(merge_slice(&edit, versions_of_slice()).status());
  } else if (!may_sweep()) {
    return false;
  }
  SPECTRADB_RETURN_IF_ERROR(end_edit(std::move(edit)));
  return true;
}

Status RowsStore::compact(const std::function<bool()>& is_interrupted) {
  SPECTRADB_RETURN_IF_ERROR(flush());
  is_interrupted_ = is_interrupted ? is_interrupted : [] { return false; };
  Status compacted = no_memory_as_status([&]() -> Status {
    Edit edit = begin_edit();
    SPECTRADB_RETURN_IF_ERROR(compact_into(&edit));
    return edit.tree.files == now().files && !may_sweep() ? Status::ok() : end_edit(std::move(edit));
  });
  is_interrupted_ = nullptr;
  return compacted;
}

// Merges each shard's levels into one run, and its history into one group.
Status RowsStore::compact_into(Edit* edit) {
  if (edit->tree.merge) SPECTRADB_RETURN_IF_ERROR(merge_slice(edit, UINT64_MAX).status());
  const MergeContext context = merge_context(UINT64_MAX);
  const RetiredKeys& retired = edit->tree.head.retired;
  for (uint32_t shard = 0; shard < edit->tree.files->shards.size(); ++shard) {
    auto compaction = pick_whole_shard(*edit->tree.files, shard, knobs_);
    if (!compaction) compaction = pick_retired(*edit->tree.files, shard, retired);
    if (compaction) {
      const auto job = make_compaction_job(context, knobs_, edit->tree.files, std::move(*compaction));
      SPECTRADB_RETURN_IF_ERROR(run_merge(edit, *job));
    }
    const std::vector<HistoryGroup>& groups = edit->tree.files->history[shard].groups;
    if (groups.empty() || (groups.size() == 1 && !holds_retired(groups[0], retired))) continue;
    std::vector<size_t> places;
    for (size_t group = 0; group < groups.size(); ++group) places.push_back(group);
    const auto job = make_history_job(context, knobs_, *edit->tree.files, shard, std::move(places));
    SPECTRADB_RETURN_IF_ERROR(run_merge(edit, *job));
  }
  return Status::ok();
}

}  // namespace spectradb::lsm

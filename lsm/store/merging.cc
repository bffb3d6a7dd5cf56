// The store's compactions: levels are merged, superseded versions go to history, and groups of history are
// merged. Jobs of several shards run at once, on threads that end with them.
#include <algorithm>
#include <condition_variable>
#include <system_error>
#include <thread>

#include "lsm/base/out_of_memory.h"
#include "lsm/merge/merge_job.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr uint32_t kVersionsBetweenLooks = 1024;  // how often a merge looks for waiting memtables
// How often it looks for other processes that wait to work.
constexpr uint32_t kVersionsBetweenGlances = 32u << 10;
// How often the caller looks while only helpers are merging.
constexpr auto kLookPause = std::chrono::milliseconds(5);

// Runs jobs, each on one thread: the caller's or a helper's. The first failure ends all.
class MergeCrew {
 public:
  MergeCrew(const MergeJobs& jobs, const RetiredKeys& retired) : jobs_(jobs), retired_(retired) {}
  ~MergeCrew() {
    has_failed_.store(true);  // has_failed_ alone tells it where there was no memory for a status
    for (std::thread& helper : helpers_) helper.join();
  }
  MergeCrew(const MergeCrew&) = delete;
  MergeCrew& operator=(const MergeCrew&) = delete;

  // The caller's thread calls `look_around` between versions, and at intervals while only helpers still
  // merge.
  Status run(size_t thread_count, const std::function<Status(uint32_t*)>& look_around) {
    // Makes it look before any job begins: helpers may end all before it counts that far.
    uint32_t count = UINT32_MAX;
    SPECTRADB_RETURN_IF_ERROR(look_around(&count));
    for (size_t helper = 1; helper < std::min(thread_count, jobs_.size()); ++helper) {
      try {
        helpers_.emplace_back([this] { help(); });
      } catch (const std::system_error&) {
        break;  // the machine has no thread to spare: the threads that exist do all jobs
      }
    }
    count = 0;
    Status done = work([&] {
      Status failed = failure();
      return failed ? look_around(&count) : failed;
    });
    while (done && is_helped()) {
      count = UINT32_MAX;  // so that it looks at once
      done = look_around(&count);
    }
    if (!done) fail(done);
    for (std::thread& helper : helpers_) helper.join();
    helpers_.clear();
    return status();
  }

 private:
  Status work(const MergeJob::Look& look) {
    for (;;) {
      const size_t job = next_.fetch_add(1);
      if (job >= jobs_.size()) return Status::ok();
      SPECTRADB_RETURN_IF_ERROR(jobs_[job]->run(retired_, look));
    }
  }

  void help() {
    Status done = no_memory_as_status([this] { return work([this] { return failure(); }); });
    const std::lock_guard lock(mutex_);
    if (!done && status_) {
      status_ = std::move(done);
      has_failed_.store(true);
    }
    helpers_done_ += 1;
    done_.notify_one();
  }

  // Waits a while; returns true while helpers are still at work.
  bool is_helped() {
    std::unique_lock lock(mutex_);
    return !done_.wait_for(lock, kLookPause, [this] { return helpers_done_ == helpers_.size(); });
  }

  Status status() {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void fail(const Status& status) {
    const std::lock_guard lock(mutex_);
    if (status_) status_ = status;
    has_failed_.store(true);
  }
  // Returns what ends the jobs that are not done yet.
  Status failure() {
    if (!has_failed_.load(std::memory_order_relaxed)) return Status::ok();
    Status failed = status();
    return failed ? Status(Code::kInterrupted, "interrupted") : failed;
  }

  const MergeJobs& jobs_;
  const RetiredKeys& retired_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> has_failed_{false};
  std::mutex mutex_;
  std::condition_variable done_;
  Status status_;
  size_t helpers_done_ = 0;
  std::vector<std::thread> helpers_;
};

}  // namespace

// Most reads of history are at points of the past rather than scans. A point may look into two or three runs,
// so each look should decompress little.
MergeContext StoreImpl::merge_context() {
  const TableOutputOptions current = output_options(true, static_cast<int>(knobs_.compression_level));
  TableOutputOptions history = current;
  history.sstable.block_bytes = static_cast<uint32_t>(knobs_.history_block_bytes);
  MergeContext context{*options_.properties, states_->decompressors(), current, history,
                       [this] { return next_file_.fetch_add(1); }};
  context.horizons = forgetting_;
  return context;
}

size_t StoreImpl::merge_threads() const {
  if (!options_.background) return 1;
  if (options_.merge_threads > 0) return options_.merge_threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

Status StoreImpl::run_merges(const MergeJobs& jobs) {
  const RetiredKeys retired = manifest_.retired;  // a copy: a flush meanwhile replaces the manifest
  is_merging_ = true;
  Status merged = no_memory_as_status([&] {
    MergeCrew crew(jobs, retired);
    return crew.run(merge_threads(), [this](uint32_t* count) { return look_around(count); });
  });
  is_merging_ = false;
  if (stopping_.load()) return Status::ok();
  if (!merged) return merged;
  for (const auto& job : jobs) SPECTRADB_RETURN_IF_ERROR(install_merge(*job));
  return Status::ok();
}

Status StoreImpl::install_merge(MergeJob& job) {
  auto files = std::make_shared<FileSet>(*files_);  // flushes may have added files meanwhile
  std::vector<std::string> inputs;
  const auto open = [this](const std::vector<FileMeta>& metas) { return open_tables(metas); };
  SPECTRADB_RETURN_IF_ERROR(job.replace(files.get(), open, &inputs));
  SPECTRADB_RETURN_IF_ERROR(install(std::move(files), 0, job.outputs()));
  remove_files(inputs);
  const std::lock_guard lock(state_mutex_);
  (job.is_compaction() ? compactions_ : history_merges_) += 1;
  merged_bytes_ += job.written_bytes();
  return Status::ok();
}

Status StoreImpl::run_compactions(std::vector<Compaction> compactions) {
  const MergeContext context = merge_context();
  MergeJobs jobs;
  for (Compaction& compaction : compactions)
    jobs.push_back(make_compaction_job(context, knobs_, files_, std::move(compaction)));
  return run_merges(jobs);
}

Status StoreImpl::run_history_merges(std::vector<std::vector<size_t>> groups) {
  const MergeContext context = merge_context();
  MergeJobs jobs;
  for (uint32_t shard = 0; shard < groups.size(); ++shard) {
    if (groups[shard].empty()) continue;
    jobs.push_back(make_history_job(context, knobs_, *files_, shard, std::move(groups[shard])));
  }
  return run_merges(jobs);
}

Status StoreImpl::look_around(uint32_t* count) {
  if (stopping_.load()) return {Code::kInterrupted, "the store is being closed"};
  if (++*count % kVersionsBetweenLooks != 0) return Status::ok();
  if (*count % kVersionsBetweenGlances == 0 && is_waited_for())
    return Status::busy("another process is to flush first");
  if (is_interrupted_ && is_interrupted_()) return {Code::kInterrupted, "interrupted"};
  return flush_immutables();
}

Status StoreImpl::work_on_history() {
  while (!stopping_.load()) {
    std::vector<std::vector<size_t>> groups;
    for (const ShardHistory& history : files_->history) groups.push_back(pick_history_merge(history, knobs_));
    if (std::all_of(groups.begin(), groups.end(), [](const auto& picked) { return picked.empty(); })) break;
    SPECTRADB_RETURN_IF_ERROR(run_history_merges(std::move(groups)));
  }
  return Status::ok();
}

Status StoreImpl::compact(const std::function<bool()>& is_interrupted) {
  SPECTRADB_RETURN_IF_ERROR(flush());
  const auto work = begin_work();
  if (!work) return work.status();
  is_interrupted_ = is_interrupted;
  Status compacted = no_memory_as_status([&] { return compact_all(); });
  is_interrupted_ = nullptr;
  return compacted;
}

Status StoreImpl::compact_all() {
  std::vector<Compaction> compactions;
  for (uint32_t shard = 0; shard < files_->shards.size(); ++shard) {
    auto compaction = pick_whole_shard(*files_, shard, knobs_);
    if (!compaction) compaction = pick_retired(*files_, shard, manifest_.retired);
    if (compaction) compactions.push_back(std::move(*compaction));
  }
  SPECTRADB_RETURN_IF_ERROR(run_compactions(std::move(compactions)));
  std::vector<std::vector<size_t>> groups(files_->history.size());
  for (uint32_t shard = 0; shard < files_->history.size(); ++shard) {
    const ShardHistory& history = files_->history[shard];
    const size_t group_count = history.groups.size();
    if (group_count == 0 || (group_count == 1 && !holds_retired(history.groups[0], manifest_.retired)))
      continue;
    for (size_t group = 0; group < group_count; ++group) groups[shard].push_back(group);
  }
  return run_history_merges(std::move(groups));
}

}  // namespace spectradb::lsm

// One merge of files of one shard, from inputs to outputs: a compaction of levels, or a merge of groups of
// history. It changes nothing of the store, so jobs of several shards can run at once, each in one thread.
// The destructor removes what the job wrote, unless its outputs are kept.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lsm/base/horizons.h"
#include "lsm/base/recency.h"
#include "lsm/base/retired_keys.h"
#include "lsm/merge/compaction.h"
#include "lsm/merge/history_output.h"
#include "lsm/store/store.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

// What all jobs need and none changes. Outlives them.
struct MergeContext {
  const VersionProperties& properties;
  DecompressorPool& decompressors;
  TableOutputOptions current;
  TableOutputOptions history;
  std::function<uint64_t()> new_number;  // of a file; called by any thread
  // A job stops between two keys once it has read this many versions (a long version counts as several),
  // and cuts its inputs there.
  uint64_t max_versions = UINT64_MAX;
  using CutTable =
      std::function<Result<std::shared_ptr<const Sstable>>(const Sstable&, const std::string& from_key)>;
  CutTable cut_table = {};  // required with max_versions
  std::shared_ptr<std::mutex> large_values = std::make_shared<std::mutex>();
  const Horizons* horizons = nullptr;  // where they are given, versions behind them are left out
  // How a merge in slices divides history by time: the first slice sets it, and those behind it do as it did.
  std::optional<TimeNodes>* nodes = nullptr;
};

class MergeJob {
 public:
  // Called for each version; a failure that it returns ends the job.
  using Look = std::function<Status()>;

  virtual ~MergeJob() = default;
  // When it returns ok, the outputs are complete and durable, but no manifest names them yet.
  virtual Status run(const RetiredKeys& retired, const Look& look) = 0;
  // Takes the inputs out of the file set, adds the names of their files to `inputs`, and puts the outputs,
  // opened by `open`, in their place. The caller has called run() before.
  using OpenTables = std::function<Result<SstableList>(const std::vector<FileMeta>&)>;
  virtual Status replace(FileSet* files, const OpenTables& open, std::vector<std::string>* inputs) = 0;
  virtual bool is_compaction() const = 0;                       // of levels
  bool has_stopped() const { return stopped_at_.has_value(); }  // before the end of its inputs' keys
  uint64_t read_versions() const { return read_; }              // counted as for max_versions

  // What run() wrote, once replace() was called.
  const std::vector<std::unique_ptr<TableOutput>>& outputs() const { return outputs_; }
  uint64_t written_bytes() const;

 protected:
  explicit MergeJob(const MergeContext& context) : context_(context) {}
  Result<HistoryGroup> open_group(HistoryOutput& history, const OpenTables& open);
  // Called before each version; returns true where the job must stop before it.
  bool is_at_end(const VersionIterator& version);
  // Removes tables that have no keys left, and cuts the others.
  Status take_merged(SstableList* tables, const std::function<bool(const Sstable&)>& is_input,
                     std::vector<std::string>* inputs) const;

  const MergeContext& context_;
  std::vector<std::unique_ptr<TableOutput>> outputs_;

 private:
  uint64_t read_ = 0;  // versions
  std::string last_key_;
  bool is_full_ = false;  // stops when the key last_key_ ends
  std::optional<std::string> stopped_at_;
};

using MergeJobs = std::vector<std::unique_ptr<MergeJob>>;

// Superseded versions go to history. A version that clears its key goes there too, as superseded by
// itself, where it hides nothing: docs/internals/history.md says why this is safe. `files` is the file set
// that the compaction was picked from.
std::unique_ptr<MergeJob> make_compaction_job(const MergeContext& context, const Knobs& knobs,
                                              std::shared_ptr<const FileSet> files, Compaction compaction);

// `groups` are ascending places in the shard's history; no other job may change any of them meanwhile.
std::unique_ptr<MergeJob> make_history_job(const MergeContext& context, const Knobs& knobs,
                                           const FileSet& files, uint32_t shard, std::vector<size_t> groups);

}  // namespace spectradb::lsm

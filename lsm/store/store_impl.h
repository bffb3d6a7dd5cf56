// The store behind store.h.
//
// Locks, in the order in which they may be taken together:
//   work_mutex_   one flush or compaction at a time: the manifest and the file set change under it alone;
//                 with it, LOCK.work, for the same between processes
//   write_mutex_  prepare, publish, abort, rotation: the log, the prepared batch, the active memtable
//   state_mutex_  short: the immutable memtables, and making a new ReadState of them and of files_
// A cursor takes none of them: it reads states_. A memtable has a lock of its own, with which the first cursor that
// walks from key to key brings its keys into order (sorted_keys.h).
//
// Other processes. The frames of their commits are read from the log when the database reports the commits
// (follow). Their flushes show as a changed manifest: then files and memtables are made anew from it
// (reload). That happens before this process flushes or compacts, and when a segment that must be read is
// gone. Files that cursors of other processes still read are unlinked, but stay readable there.
//
// Background: one thread flushes and compacts, with helper threads while several shards are merged. The
// thread ends a moment after its work does. Between two versions of a merge it looks whether memtables
// wait, and flushes them first. A failed flush keeps its memtables and the log; the thread tries it again
// when more work arrives, on flush(), and after a pause. Where another process does not let go of
// LOCK.work, writers that would have to wait get an error.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lsm/file/file_names.h"
#include "lsm/log/commit_log.h"
#include "lsm/log/log_tail.h"
#include "lsm/log/manifest.h"
#include "lsm/log/recovery.h"
#include "lsm/memory/memtable.h"
#include "lsm/merge/compaction.h"
#include "lsm/merge/history_output.h"
#include "lsm/merge/merge_heap.h"
#include "lsm/merge/merge_job.h"
#include "lsm/merge/write_pace.h"
#include "lsm/store/backup.h"
#include "lsm/store/files_on_disk.h"
#include "lsm/store/history_forgetter.h"
#include "lsm/store/key_eraser.h"
#include "lsm/store/read_state.h"
#include "lsm/store/store.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

inline constexpr size_t kMaxImmutables = 4;  // more of them hold up the writer

// Returns kCorrupt unless each table is listed once, and no number that will be given out next is a
// table's.
Status check_numbers(const Manifest& manifest, const std::string& directory);
// Checks that the files of each sorted run follow one another, and that their keys belong to their shard.
Status check_order(const FileSet& files, const std::string& directory);

class StoreImpl final : public Store, public KeyEraser, public HistoryForgetter {
 public:
  // Opens the manifest's files, and takes over recovery's result and the lock. On failure the caller keeps
  // the lock.
  static Result<std::shared_ptr<Store>> make(const StoreOptions& options, Manifest manifest,
                                             const Recovery& recovery, std::unique_ptr<FileLock>* presence);
  ~StoreImpl() override;

  const StoreId& id() const override { return id_; }
  const std::string& directory() const override { return options_.directory; }
  Status spill(uint64_t commit, WriteBatch& batch) override;
  Result<PreparedFrame> prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync sync,
                                const std::function<bool()>& wants_sync) override;
  Status publish(uint64_t commit, uint64_t frame) override;
  Status abort(uint64_t commit, uint64_t frame) override;
  uint64_t published() const override { return states_->published(); }
  CommitToken last() const override { return recent_.last(); }
  std::optional<uint64_t> frame_of(uint64_t commit) const override { return recent_.frame_of(commit); }
  std::unique_ptr<VersionCursor> new_cursor(const CursorOptions& options) override;
  Result<std::unique_ptr<Backup>> begin_backup(const AskSnapshot& snapshot) override;
  Status flush() override;
  Status compact(const std::function<bool()>& is_interrupted) override;
  Status retire(const std::vector<KeyRange>& ranges) override;
  Status erase(const std::vector<KeyRange>& ranges, const std::function<bool()>& is_interrupted) override;
  Status check_may_erase() override;
  Status forget(const Horizons& horizons, const std::function<bool()>& is_interrupted) override;
  bool is_retired(std::string_view key) const override;
  bool are_retired(const KeyRange& range) const override;
  uint64_t knob(const Knob& knob) const override;
  Status set_knob(const Knob& knob, std::optional<uint64_t> value) override;
  std::vector<std::pair<std::string, std::string>> stats() const override;
  Result<std::vector<std::string>> check(const AskCommitted& ask_committed,
                                         const std::function<bool()>& is_interrupted) const override;
  uint64_t version_count() const override;
  RangeSize range_size(std::string_view from, std::string_view to) const override;
  std::vector<std::string> sample_keys(std::string_view from, std::string_view to,
                                       size_t count) const override;

 private:
  struct Prepared {
    uint64_t commit;
    uint64_t frame;
    bool is_adopted;      // its batch becomes a memtable of its own
    bool fills_memtable;  // its frame is the last of a segment of the log
    std::shared_ptr<const WriteBatch> batch;
  };
  struct ShardTable {
    uint32_t shard;
    std::shared_ptr<const Sstable> table;
  };
  // Something that waits for its flush: a memtable, or the tables of a spilled commit. The other members
  // are what the manifest says once this and everything older are flushed.
  struct Immutable {
    std::shared_ptr<const Memtable> memtable;  // null where there are tables
    std::vector<ShardTable> tables;            // newest first
    LogPosition log_start;                     // the log is needed from here on
    uint64_t last_commit;
    uint64_t last_frame;
  };

  StoreImpl(const StoreOptions& options, Manifest manifest, const Recovery& recovery);
  Result<std::shared_ptr<FileSet>> open_files(const Manifest& manifest) const;

  // store.cc; with write_mutex_ held
  bool show_prepared();                                 // true when it left memtables to flush
  bool is_adopted(const WriteBatch::Rep& batch) const;  // as a memtable of its own
  // Makes the active memtable immutable, then `adopted` or `spilled`, and begins a new active memtable.
  void rotate(const std::shared_ptr<Memtable>& adopted, std::vector<ShardTable> spilled = {});
  Status wait_for_room(uint64_t bytes);  // called without write_mutex_; `bytes` are those of the commit
  // Whether frames may have salts. Lets the manifest of an earlier release's store say so first, unless another process
  // works on the store: then a later commit does. Called without write_mutex_.
  Result<bool> may_salt();
  Status check_files();  // whether the files on disk are still this store's, so that a commit would last
  Status flush_all();    // flushes all immutable memtables

  // spilling.cc
  std::vector<std::unique_ptr<TableOutput>> spill_outputs();
  uint64_t new_spilled_number();
  Result<std::vector<ShardTable>> open_spilled(const std::vector<SpilledTable>& tables) const;
  Result<std::vector<Immutable>> open_parts(const Recovery& recovery) const;

  // following.cc
  bool follow(uint64_t commit, uint64_t frame);  // with write_mutex_ held; false: the log does not have it
  Status catch_up(uint64_t commit, uint64_t frame);  // for when follow() returns false; holds no lock
  Status reload(uint64_t commit, uint64_t frame);    // with work_mutex_ and write_mutex_ held
  struct Work {                                      // the right to flush and compact
    std::unique_lock<std::mutex> mutex;
    std::unique_ptr<FileLock> lock;
  };
  Result<Work> begin_work();   // kBusy: another process is flushing or compacting
  Status refresh();            // with work_mutex_ held: reloads when the manifest has changed
  bool is_waited_for() const;  // whether another process waits for the right to work
  Status trim_log();           // removes the log when all of it is flushed and nobody else has the store open

  // erasing.cc
  struct Alone;  // nobody else has the store open or opens it, and nobody works on it
  Result<std::unique_ptr<Alone>> be_alone();
  Status erase_alone(const std::vector<KeyRange>& ranges, const std::function<bool()>& is_interrupted);
  Status give_up_log();     // which must be flushed
  Status remove_unnamed();  // files that neither the manifest nor the log needs

  Status forget_all();  // forgetting.cc

  Knobs knobs_in_force() const;                                       // tuning.cc
  Status keep_knob(const Knob& knob, std::optional<uint64_t> value);  // in the manifest

  // maintenance.cc
  void stop_background();
  void run_background();
  bool wait_for_work(std::chrono::milliseconds pause);  // false: the thread is to end
  // Lets the background thread look for work, and starts it where it is not running. Returns false where
  // no thread can be started: then the caller has to do the work itself.
  bool wake();
  Status flush_here();           // does what the background thread would do for waiting writers
  void note_busy(bool is_long);  // another process is working; is_long: for longer than writers wait
  Status work();  // what there is to do; this and what follows with the right to work (begin_work)
  Status flush_immutables();
  std::vector<Immutable> next_to_flush() const;
  void count_work(uint64_t flushed_bytes);  // since the last call, for the pace of writers
  Status flush_to_files(const std::vector<Immutable>& waiting);
  Status sync_log(uint64_t segment) const;
  Status remove_segment(LogPosition end);
  using Outputs = std::vector<std::unique_ptr<TableOutput>>;
  Outputs flush_outputs();
  Status write_flush(const std::vector<std::shared_ptr<const Memtable>>& memtables, const Outputs& outputs,
                     FileSet* files);
  uint32_t level_of_flush(const FileSet& files, uint32_t shard, const std::vector<FileMeta>& written) const;
  void place_spilled(FileSet* files, const std::vector<ShardTable>& tables) const;
  Status place(FileSet* files, uint32_t shard, uint32_t level, const std::vector<FileMeta>& metas) const;
  Result<SstableList> open_tables(const std::vector<FileMeta>& metas) const;
  void remove_files(const std::vector<std::string>& names) const;
  // `outputs` are kept as soon as a manifest that names their files may be on disk.
  Status install(std::shared_ptr<const FileSet> files, size_t flushed_immutables,
                 const std::vector<std::unique_ptr<TableOutput>>& outputs);
  static std::shared_ptr<const ReadState> state_of(const std::shared_ptr<const Memtable>& active,
                                                   const std::vector<Immutable>& immutables,
                                                   const std::shared_ptr<const FileSet>& files);
  TableOutputOptions output_options(bool split_keys, int compression_level) const;
  bool has_immutables() const;
  void remember(Status status);
  void fail_waiting();  // wakes the writers that wait for a flush: it failed

  // merging.cc
  Status compact_all();
  Status work_on_history();                                            // merges groups until there are few
  Status run_compactions(std::vector<Compaction> compactions);         // of different shards
  Status run_history_merges(std::vector<std::vector<size_t>> groups);  // of each shard
  Status run_merges(const MergeJobs& jobs);                            // at once, then installs them
  Status install_merge(MergeJob& job);
  MergeContext merge_context();
  size_t merge_threads() const;
  // A merge calls it for each version: it flushes when memtables wait, and returns kBusy when another
  // process wants to work.
  Status look_around(uint32_t* count);

  const StoreOptions options_;
  const StoreId id_;
  const uint64_t seed_;
  std::unique_ptr<FileLock> presence_;  // null for a read-only store
  const std::shared_ptr<ReadStates> states_;

  std::mutex write_mutex_;
  CommitLog log_;
  LogTail log_tail_;  // what other processes append
  FilesOnDisk on_disk_;
  std::optional<Prepared> prepared_;
  std::shared_ptr<Memtable> active_;
  uint64_t published_frame_;  // token of the last published commit
  RecentCommits recent_;
  bool is_torn_ = false;  // the active memtable holds only a part of a commit, and must be made anew

  std::mutex spill_mutex_;                         // the numbers of spilled files
  uint64_t spilled_series_ = 0;                    // file_names.h
  uint64_t spilled_files_ = kSpilledSeriesLength;  // of this series; it is used up

  mutable KnownDictionaries dictionaries_;

  std::atomic<uint64_t> memtable_max_bytes_;

  mutable std::mutex work_mutex_;
  Manifest manifest_;           // without its file list, which files_ holds
  uint64_t manifest_checksum_;  // of the one on disk
  std::atomic<uint64_t> next_file_;
  std::function<bool()> is_interrupted_;  // while compact() or forget() works
  const Horizons* forgetting_ = nullptr;  // while forget() works
  bool is_merging_ =
      false;  // a compaction is under way: its output may fill gaps, flushes must go to level 0
  bool is_counting_ = false;  // counts what background_ does, from then on:
  std::chrono::steady_clock::time_point working_since_;
  std::vector<std::vector<std::string>> cursor_keys_;  // of compactions, per shard and level

  Knobs knobs_;  // those in force: read with work_mutex_ or state_mutex_, changed with both held, but those
                 // of the process: with state_mutex_ alone

  mutable std::mutex state_mutex_;
  std::vector<Immutable> immutables_;  // oldest first
  std::shared_ptr<const FileSet> files_;
  std::shared_ptr<const Manifest> installed_;  // the whole manifest that names files_
  Status background_error_;                    // of the last flush or compaction, ok when it went well
  uint64_t flush_failures_ = 0;
  uint64_t busy_rounds_ = 0;  // how often the thread found another process at work
  WritePace pace_;
  std::chrono::nanoseconds stopped_{0};  // how long writers have waited for a memtable's flush, in all
  uint64_t flushes_ = 0;
  uint64_t compactions_ = 0;
  uint64_t history_merges_ = 0;
  uint64_t flushed_bytes_ = 0;         // written by flushes, on disk
  uint64_t merged_bytes_ = 0;          // by compactions and merges of history
  std::condition_variable work_done_;  // with state_mutex_: a flush ended, well or not

  std::atomic<bool> stopping_{false};
  std::mutex wake_mutex_;
  std::condition_variable wake_signal_;
  bool has_work_ = false;  // guarded by wake_mutex_, as are:
  bool is_running_ = false;
  std::thread background_;  // has ended where it is not running
};

}  // namespace spectradb::lsm

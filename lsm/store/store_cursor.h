// The cursor of a store merges own writes, memtables and SSTables of all shards. Each seek takes the
// newest ReadState. For one key (seek_key) the cursor asks the sources one after the other, newest first,
// and opens an older one only when it must. Otherwise, and where history may hold versions of the key, it
// merges all sources. It opens a run of history only where its bounds may hold a version within the
// limits. Iterators, their buffers and pinned blocks are kept from seek to seek. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lsm/base/run_sink.h"
#include "lsm/base/version_cursor.h"
#include "lsm/memory/memtable.h"
#include "lsm/memory/spilled_run.h"
#include "lsm/merge/merge_heap.h"
#include "lsm/merge/newest_versions.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

class StoreCursor final : public VersionCursor {
 public:
  // What a read of committed versions sees: those with the same stamp see the same.
  struct Stamp {
    uint64_t state;  // of memtables and files
    uint64_t commit;
    bool operator==(const Stamp&) const = default;
  };

  StoreCursor(std::shared_ptr<ReadStates> states, const CursorOptions& options);
  ~StoreCursor() override;

  void seek(std::string_view user_key) override;
  NewestVersions* seek_newest(std::string_view user_key, std::string_view below) override;
  void seek_key(std::string_view user_key) override;
  void seek_key_until(std::string_view user_key, uint64_t commit) override;
  void seek_before(std::string_view user_key) override;
  bool find_stretch_before(std::string_view user_key, std::string* from) override;
  void next() override;
  void next_key() override;
  void read_run(std::string_view below, RunSink& sink);  // lsm/store/run_reader.h
  bool valid() const override { return current_ != nullptr; }
  Status status() const override { return status_; }

  std::string_view user_key() const override { return current_->user_key(); }
  uint64_t commit() const override { return current_->commit(); }
  uint32_t ordinal() const override { return current_->ordinal(); }
  std::string_view value() const override { return current_->value(); }
  void set_valid_at(std::optional<ValidRange> range) override { options_.valid_at = range; }
  void set_max_commit(uint64_t max_commit) override { options_.max_commit = max_commit; }
  void set_all_versions(bool all_versions) override { options_.all_versions = all_versions; }
  void set_superseded_by(uint64_t commit) override { options_.superseded_by = commit; }
  void set_min_commit(uint64_t min_commit) override { options_.min_commit = min_commit; }
  std::optional<Stamp> stamp() const {  // none where own writes are read, too
    if (options_.own != nullptr) return std::nullopt;
    return Stamp{states_->version(), std::min(options_.max_commit, states_->published())};
  }
  bool is_current() const override { return state_ == nullptr || state_version_ == states_->version(); }

 private:
  enum class Mode : uint8_t {
    kMerge,
    kMergeOneKey,  // as kMerge, but seek_exact() positions every source
    kOneKey,
  };
  struct HistorySource {
    uint32_t shard;
    const HistoryRun* run;
    std::unique_ptr<LevelIterator> versions;  // null until the run was needed
  };

  // Starts every seek: takes the newest state, the limits, a copy of the key.
  void begin(std::string_view user_key);
  void open_sources();  // iterators for kMerge
  void list_history();
  bool history_has_part() const;              // whether any shard's history may show something
  void count_skipped_history();               // counts all history files as skipped
  bool has_part(const Bounds& bounds) const;  // whether the limits may show a version within these bounds
  LevelIterator* open_history(HistorySource& source);  // null when the limits show nothing of it
  void seek_key_merging();                             // with target_hash_ known
  void hash_target();
  uint32_t shard_of_target() const { return shard_of(target_hash_, state_->files->shards.size()); }
  void report(uint64_t negatives_min);  // adds the counters to the store's figures
  bool seek_last_before_target();
  void build_heap();
  void take_top();  // after the heap settled
  VersionIterator::Run read_run_of_top(std::string_view below, RunSink& sink);
  void load_current();
  void let_go();  // gives up large blocks that sources of an earlier seek hold
  void open_pending_history();
  void settle();
  bool own_has_changed() const;
  void skip_own(bool whole_key);  // own writes changed: find the place behind the current version again
  bool own_was_spilled() const;
  void resume(bool whole_key);  // own writes were spilled: does the same by seeking all sources again
  void take_own();              // takes the batch's list and files as they are now
  bool is_gone(const VersionIterator& version) const;  // a spilled version that was rolled back
  void enter_sources_from(size_t source);              // kOneKey
  bool enter_source(size_t source);
  bool enter_file_source(size_t source);
  bool enter_table(const Sstable& table);
  bool may_hold_target(const Sstable& table);

  const std::shared_ptr<ReadStates> states_;
  CursorOptions options_;
  ReadCounters counters_;
  ReadLimits limits_;
  Decompressor decompressor_;
  std::shared_ptr<const ReadState> state_;
  uint64_t state_version_ = UINT64_MAX;
  Mode mode_ = Mode::kMerge;
  VersionIterator* current_ = nullptr;  // null when not valid
  Status status_;
  std::string target_;      // the key of the last seek
  bool is_sought_ = false;  // all sources stand at target_, where seek_newest() has met a large value
  std::string left_key_;    // scratch of next_key() and seek_before()

  VersionListIterator own_;
  uint64_t own_changes_ = 0;                     // of the batch, when own_ was last positioned
  std::shared_ptr<const VersionList> own_list_;  // under own_
  ReadLimits own_limits_;
  std::vector<std::shared_ptr<const SpilledRun>> own_runs_;
  std::vector<std::unique_ptr<LevelIterator>> own_levels_;  // over the shards of own_runs_, in their order

  // kMerge
  bool sources_open_ = false;
  std::vector<VersionIterator*> sources_;  // own_ first if there is a batch; of the last seek
  std::vector<std::unique_ptr<VersionIterator>> owned_sources_;
  bool history_is_listed_ = false;
  std::vector<HistorySource> history_;  // every run of state_, by its greatest commit; once it has part
  // kMergeOneKey: history sources that are not sought yet; the last may hold the newest version.
  std::vector<HistorySource*> pending_history_;
  MergeHeap heap_;
  NewestVersions newest_;

  // kOneKey: source 0 is the own batch; then come the recent sources, then the shard's files and levels.
  size_t source_ = 0;
  uint64_t target_hash_ = 0;
  bool target_is_hashed_ = false;
  VersionListIterator one_memtable_;
  SstableIterator one_table_;
  LevelIterator one_level_;
  std::vector<std::unique_ptr<VersionListIterator>> key_memtables_;  // kMergeOneKey
  std::vector<std::unique_ptr<SstableIterator>> key_tables_;
  std::vector<std::unique_ptr<LevelIterator>> key_levels_;
};

}  // namespace spectradb::lsm

// A store inside the database whose facts it holds. The transactions of the database are its transactions,
// and the database's snapshot decides what the store shows. Every connection has its own RowsStore, with
// its own memtable, tables and cache, as it has its own page cache; connections learn of each other's
// commits from the rows (follow).
//
//   _spectradb_blocks    the blocks of SSTables (lsm/file/block_rows.h)
//   _spectradb_files     a row for each SSTable, and the head, row zero
//   _spectradb_recent    the frames of commits that are in no SSTable: the log; for a while, of older ones
//
// A commit exists as its frame, in the row that makes the commit exist. A large transaction is spilled to
// SSTables as it runs, and its COMMIT only names them in _spectradb_files. A COMMIT that finds the
// memtable full writes it as an SSTable, and merges SSTables where there are too many. All that is part of
// the same transaction: it commits or rolls back as a whole (Tree). Until the database has committed,
// readers of this connection use the tree from before.
//
// SSTables that were merged are first only marked as dead. A cursor that is open on the committing
// connection has no snapshot that would keep their rows, so a later edit removes the rows once no cursor
// of its connection uses them. Cursors of other connections are protected by their snapshots.
//
// One thread at a time, as for the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lsm/log/manifest.h"
#include "lsm/memory/memtable.h"
#include "lsm/merge/merge_job.h"
#include "lsm/store/history_forgetter.h"
#include "lsm/store/key_eraser.h"
#include "lsm/store/left_memtables.h"
#include "lsm/store/read_state.h"
#include "lsm/store/store.h"
#include "lsm/store/store_rows.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

inline constexpr uint32_t kDeadLevel = 255;  // of a file that was merged but that some cursor may still read

// The knobs of a store in its database that nobody has turned.
constexpr Knobs rows_defaults() {
  Knobs knobs;
  knobs.shard_count = 1;                // one thread merges
  knobs.memtable_max_bytes = 4u << 20;  // a connection that opens reads this much from the log again
  // Merges are parts of commits, so there should be few, each of many small flushes.
  knobs.level0_files = 8;
  return knobs;
}

class RowsStore final : public Store, public KeyEraser, public HistoryForgetter {
 public:
  // Makes an empty store, as part of the open transaction. `options` need no file system; messages use
  // `directory` as the store's name.
  static Result<std::shared_ptr<RowsStore>> create(StoreOptions options, StoreRows& rows);
  // Opens the store as the open read transaction shows it, without its latest commits: follow() adds
  // these. kMissing when the database has none.
  static Result<std::shared_ptr<RowsStore>> open(StoreOptions options, StoreRows& rows);
  ~RowsStore() override;

  // Makes a store of one in other storage (conversion.h; rows_conversion.cc).
  static Status create_from(StoreOptions options, StoreRows& rows, Manifest head,
                            std::shared_ptr<const FileSet> files, const MergeJob::Look& look);
  Status write_directory(const StoreOptions& to, const MergeJob::Look& look);

  void attach(StoreRows* rows);  // null: the old rows are gone, and until new ones are set every read fails

  // `newest` is the newest commit that the database's snapshot shows; when this returns, the store shows
  // it, too.
  Status follow(CommitToken newest);
  // How often follow() found commits that do not go on from those that were shown: a database was put in the
  // place of another, or of a newer copy.
  uint64_t histories() const { return histories_; }

  // The database's transaction. An edit is what COMMIT, flush, compact, retire or set_knob writes besides
  // the commit.
  uint64_t edits() const { return edits_.size(); }  // in the open transaction
  // Drops the edits behind the first `edits` ones: a savepoint was rolled back.
  void take_back(uint64_t edits);
  void accept();  // the database has committed
  void drop();    // the database has rolled back

  const StoreId& id() const override { return id_; }
  const std::string& directory() const override { return options_.directory; }
  Status spill(uint64_t commit, WriteBatch& batch) override;
  // Whether the batch is better spilled than kept in the commit's row.
  bool is_large(const WriteBatch& batch) const;
  Result<PreparedFrame> prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync sync,
                                const std::function<bool()>& wants_sync) override;
  // For the prepared commit; follow() reads all others.
  Status publish(uint64_t commit, uint64_t frame) override;
  Status abort(uint64_t commit, uint64_t frame) override;
  uint64_t published() const override { return states_->published(); }
  CommitToken last() const override { return {published(), published_frame_}; }
  std::optional<uint64_t> frame_of(uint64_t commit) const override;
  std::unique_ptr<VersionCursor> new_cursor(const CursorOptions& options) override;
  Result<std::unique_ptr<Backup>> begin_backup(const AskSnapshot& snapshot) override;
  // These methods change rows: they need an open write transaction, and belong to it.
  Status flush() override;
  Status compact(const std::function<bool()>& is_interrupted) override;
  Result<bool> merge_due();  // merges one slice, or removes dead files; false when nothing is due
  Status retire(const std::vector<KeyRange>& ranges) override;
  // No statement of this connection may be reading: what it would read is removed at once.
  Status erase(const std::vector<KeyRange>& ranges, const std::function<bool()>& is_interrupted) override;
  Status check_may_erase() override { return Status::ok(); }
  Status forget(const Horizons& horizons, const std::function<bool()>& is_interrupted) override;
  bool is_retired(std::string_view key) const override { return now().head.retired.contains(key); }
  bool are_retired(const KeyRange& range) const override { return now().head.retired.contains(range); }
  uint64_t knob(const Knob& knob) const override { return knobs_.*knob.value; }
  Status set_knob(const Knob& knob, std::optional<uint64_t> value) override;
  std::vector<std::pair<std::string, std::string>> stats() const override;
  Result<std::vector<std::string>> check(const AskCommitted& ask_committed,
                                         const std::function<bool()>& is_interrupted = {}) const override;
  uint64_t version_count() const override;
  RangeSize range_size(std::string_view from, std::string_view to) const override;
  std::vector<std::string> sample_keys(std::string_view from, std::string_view to,
                                       size_t count) const override;

 private:
  using Outputs = std::vector<std::unique_ptr<TableOutput>>;

  // A merge that is spread over several edits, a stretch of keys each. Keys below its current place are in
  // its outputs already.
  struct Merge {
    bool is_history = false;
    uint32_t shard = 0;
    uint32_t target_level = 0;  // of levels
    std::set<uint64_t> inputs;  // numbers of files
  };
  // What is in SSTables at one moment.
  struct Tree {
    Manifest head;  // without files
    std::optional<Merge> merge;
    uint64_t version = 0;
    std::shared_ptr<const FileSet> files = std::make_shared<FileSet>();
    std::map<uint64_t, StoreRows::File> rows;  // as they stand in the database, dead files included
  };
  struct Edit {
    Tree tree;
    // The files without the tables of the commit that is being prepared: another attempt may have other
    // tables.
    std::shared_ptr<const FileSet> without_spilled;
    CommitToken flushed;        // the flushed commit that goes with `without_spilled`
    uint64_t first_number = 0;  // of the files that this edit has made
  };
  struct Prepared {
    uint64_t commit;
    uint64_t frame;
    std::shared_ptr<const WriteBatch> batch;
  };

  RowsStore(StoreOptions options, StoreRows& rows);
  Result<StoreRows*> rows() const;
  const Tree& now() const {
    return edits_.empty() ? tree_ : edits_.back().tree;
  }  // the tree as the open transaction sees it
  uint64_t seed() const { return tree_.head.seed(); }
  void take_knobs(const Tree& tree);
  void show();  // to cursors
  Result<bool> goes_on(CommitToken newest) const;
  Status load(uint64_t newest_commit, uint64_t newest_frame);
  Result<FramedMemtable> find_left(uint64_t behind, CommitToken newest) const;
  Status add_frames(CommitToken newest, FramedMemtable* active);
  Result<Tree> read_tree() const;
  Result<std::shared_ptr<FileSet>> open_files(const Tree& tree);
  Result<std::shared_ptr<const Sstable>> open_table(const FileMeta& meta);
  Result<std::shared_ptr<const Sstable>> open_row(const StoreRows::File& row);
  Result<std::shared_ptr<const Sstable>> cut_table(const Sstable& table, const std::string& from_key);
  Result<SstableList> open_tables(const std::vector<FileMeta>& metas);
  Status forget_some_frames(StoreRows& rows);
  Result<std::string> encode_frame(uint64_t commit, const WriteBatch& batch, uint64_t* token) const;

  // rows_edit.cc
  Edit begin_edit() const;
  Status end_edit(Edit edit);
  Status write_rows(Edit* edit, StoreRows& rows);
  Status sweep(Tree* tree, StoreRows& rows);
  std::string encode_head(const Tree& tree) const;
  uint64_t seal_of_head(const StoreRows::File& head, const Tree& tree) const;
  Status check_seals(const StoreRows::File& head, const Tree& tree) const;
  Status decode_head(std::string_view bytes, Tree* tree) const;
  std::shared_ptr<const Sstable> find_open(uint64_t number) const;
  bool is_flushed() const;  // whether all published commits are in SSTables
  Status flush_into(Edit* edit);
  Status place_flushed(FileSet* files, uint32_t shard, const std::vector<FileMeta>& written, bool is_merging);
  void place_spilled(Edit* edit, const WriteBatch& batch, CommitToken commit);
  Status remove_unwanted(const WriteBatch& batch, StoreRows& rows);
  TableOutputOptions output_options(bool split_keys, int compression_level) const;
  Outputs new_outputs(int compression_level);
  uint64_t new_number() { return next_file_++; }

  Status check_rows(StoreRows& rows, std::vector<std::string>* problems) const;  // rows_check.cc

  // rows_merge.cc
  // How many slices this commit should merge.
  uint64_t merge_slices(const WriteBatch& batch, bool is_flushing);
  Status merge_into(Edit* edit, uint64_t slices);
  uint64_t versions_of_slice() const;
  bool may_sweep() const;
  bool wants_merge(const Tree& tree) const;
  bool pick_merge(Tree* tree);
  Result<uint64_t> merge_slice(Edit* edit, uint64_t max_versions);  // returns how many it read
  Status compact_into(Edit* edit);
  Status forget_into(Edit* edit, const Horizons& horizons);  // forgetting.cc
  Status run_merge(Edit* edit, MergeJob& job);
  MergeContext merge_context(uint64_t max_versions);

  StoreOptions options_;
  Knobs knobs_;
  StoreId id_;
  const std::shared_ptr<BlockRowsLink> link_ = std::make_shared<BlockRowsLink>();
  StoreRows* rows_;
  const std::shared_ptr<ReadStates> states_;
  // Commits after tree_.head.flushed_commit, up to the published one.
  FramedMemtable active_;
  // Memory ran out while what the database has committed was taken over: all is to be loaded anew.
  bool is_torn_ = false;
  uint64_t published_frame_ = 0;
  Tree tree_;  // as the database has committed it
  std::vector<Edit> edits_;
  std::optional<Prepared> prepared_;
  std::string frame_;       // the frame of prepared_
  uint64_t next_file_ = 1;  // smaller numbers are in use, or were on this connection
  // By number; a number has several when tables are cut.
  std::multimap<uint64_t, std::weak_ptr<const Sstable>> open_;
  bool has_flushed_frames_ = true;   // perhaps: commits are to forget frames that are in SSTables
  uint64_t merge_credit_bytes_ = 0;  // bytes written that have not been merged for yet
  // How the merge of these files divides history by time, in all slices that this connection makes of it.
  std::set<uint64_t> sliced_inputs_;
  std::optional<TimeNodes> slice_nodes_;
  mutable KnownDictionaries dictionaries_;
  std::vector<std::vector<std::string>> cursor_keys_;  // of compactions, per shard and level
  std::function<bool()> is_interrupted_;               // while compact(), erase() or forget() works
  bool is_erasing_ = false;                            // files that are no longer wanted go at once
  uint64_t flushes_ = 0;
  uint64_t compactions_ = 0;
  uint64_t history_merges_ = 0;
  uint64_t flushed_bytes_ = 0;
  uint64_t merged_bytes_ = 0;
  uint64_t histories_ = 0;
};

}  // namespace spectradb::lsm

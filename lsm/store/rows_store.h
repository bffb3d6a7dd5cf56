// A store inside the database whose facts it has: the transactions of the database are its own, and what its snapshot
// shows is what the store is. Every connection has one of its own, with its own memtable, tables and cache, as it has its
// own page cache; they learn of each other's commits from the rows (follow).
//
//   _spectradb_blocks    the blocks of SSTables (lsm/file/block_rows.h)
//   _spectradb_files     a row for each SSTable, and the head, row zero
//   _spectradb_recent    the frames of commits that are in no SSTable: the log
//
// A commit is its frame, in the row that makes it exist. A large transaction is spilled to SSTables as it goes, which its
// COMMIT only names in _spectradb_files. The COMMIT that finds the memtable full writes it as an SSTable, and merges
// SSTables where there are too many: what becomes of them, becomes of all of it (Tree). Until the database has committed,
// readers of this connection use the tree as it was.
//
// SSTables that were merged are only marked as dead. A cursor under way on the connection that commits has no snapshot
// that would keep their rows, so a later edit removes those that no cursor of its connection uses. Cursors of other
// connections have their snapshots.
//
// One thread at a time, as the connection.
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
#include "lsm/store/read_state.h"
#include "lsm/store/store.h"
#include "lsm/store/store_rows.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

inline constexpr uint32_t kDeadLevel = 255;  // of a file that was merged and is still to be read by some
inline constexpr uint64_t kRowsMemtableBytes = 4u << 20;  // as much is read anew when a connection opens

class RowsStore final : public Store {
 public:
  // An empty one, as part of the open transaction. `options` need no file system; `directory` is what messages call it.
  static Result<std::shared_ptr<RowsStore>> create(StoreOptions options, StoreRows& rows);
  // As it is in the open read transaction, but for its commits (follow). kMissing: there is none.
  static Result<std::shared_ptr<RowsStore>> open(StoreOptions options, StoreRows& rows);
  ~RowsStore() override;

  // A store of another storage, and back (conversion.h; rows_conversion.cc).
  static Status create_from(StoreOptions options, StoreRows& rows, Manifest head,
                            std::shared_ptr<const FileSet> files, const MergeJob::Look& look);
  Status write_directory(const StoreOptions& to, const MergeJob::Look& look);

  void attach(
      StoreRows* rows);  // null: what it had before is gone, and until there are others nothing is read

  // The snapshot of the database shows this commit as its newest: so does the store when this returns.
  Status follow(CommitToken newest);

  // The transaction of the database. An edit is what COMMIT, flush, compact, retire and set_knob write besides.
  uint64_t edits() const { return edits_.size(); }  // in the open transaction
  void take_back(uint64_t edits);                   // those behind so many: a savepoint was rolled back
  void accept();                                    // the database has committed
  void drop();                                      // … or rolled back

  const StoreId& id() const override { return id_; }
  const std::string& directory() const override { return options_.directory; }
  Status spill(uint64_t commit, WriteBatch& batch) override;
  // Whether the batch is so large that it is better spilled than kept in the commit's row.
  bool is_large(const WriteBatch& batch) const;
  Result<PreparedFrame> prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync sync,
                                const std::function<bool()>& wants_sync) override;
  Status publish(uint64_t commit, uint64_t frame) override;  // of what was prepared; all else is followed
  Status abort(uint64_t commit, uint64_t frame) override;
  uint64_t published() const override { return states_->published(); }
  CommitToken last() const override { return {published(), published_frame_}; }
  std::optional<uint64_t> frame_of(uint64_t commit) const override;
  std::unique_ptr<VersionCursor> new_cursor(const CursorOptions& options) override;
  Result<std::unique_ptr<Backup>> begin_backup(const AskSnapshot& snapshot) override;
  // Those that change something need a write transaction, and belong to it.
  Status flush() override;
  Status compact(const std::function<bool()>& is_interrupted) override;
  Result<bool>
  merge_due();  // a slice of the merges that are due, or of what waits to be removed; false: neither
  Status retire(const std::vector<KeyRange>& ranges) override;
  bool is_retired(std::string_view key) const override { return now().head.retired.contains(key); }
  bool are_retired(const KeyRange& range) const override { return now().head.retired.contains(range); }
  uint64_t knob(const Knob& knob) const override { return knobs_.*knob.value; }
  Status set_knob(const Knob& knob, std::optional<uint64_t> value) override;
  std::vector<std::pair<std::string, std::string>> stats() const override;
  Result<std::vector<std::string>> check(const AskCommitted& ask_committed,
                                         const std::function<bool()>& is_interrupted = {}) const override;
  uint64_t version_count() const override;
  RangeSize range_size(std::string_view from, std::string_view to) const override;

 private:
  using Outputs = std::vector<std::unique_ptr<TableOutput>>;

  // A merge that goes on from edit to edit, a stretch of keys at a time: of its inputs the keys before are in its outputs.
  struct Merge {
    bool is_history = false;
    uint32_t shard = 0;
    uint32_t target_level = 0;  // of levels
    std::set<uint64_t> inputs;  // numbers of files
  };
  // What is in SSTables.
  struct Tree {
    Manifest head;  // without files
    std::optional<Merge> merge;
    uint64_t version = 0;
    std::shared_ptr<const FileSet> files = std::make_shared<FileSet>();
    std::map<uint64_t, StoreRows::File> rows;  // as they stand in the database, dead ones included
  };
  struct Edit {
    Tree tree;
    // The same without the tables of the commit that is being prepared: another attempt may have others.
    std::shared_ptr<const FileSet> without_spilled;
    CommitToken flushed;        // in `without_spilled`
    uint64_t first_number = 0;  // of the files that it has made
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
  }  // as the transaction sees it
  uint64_t seed() const { return tree_.head.seed(); }
  void take_knobs(const Tree& tree);
  void show();  // to cursors
  Status load(uint64_t newest_commit, uint64_t newest_frame);
  Status add_frames(uint64_t behind, CommitToken newest, Memtable* memtable);
  Result<Tree> read_tree() const;
  Result<std::shared_ptr<FileSet>> open_files(const Tree& tree);
  Result<std::shared_ptr<const Sstable>> open_table(const FileMeta& meta);
  Result<std::shared_ptr<const Sstable>> open_row(const StoreRows::File& row);
  Result<std::shared_ptr<const Sstable>> cut_table(const Sstable& table, const std::string& from_key);
  Result<SstableList> open_tables(const std::vector<FileMeta>& metas);
  std::string encode_frame(uint64_t commit, const WriteBatch& batch, uint64_t* token) const;

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
  bool is_flushed() const;  // the memtable
  Status flush_into(Edit* edit);
  Status place_flushed(FileSet* files, uint32_t shard, const std::vector<FileMeta>& written, bool is_merging);
  void place_spilled(Edit* edit, const WriteBatch& batch, CommitToken commit);
  Status remove_unwanted(const WriteBatch& batch, StoreRows& rows);
  TableOutputOptions output_options(bool split_keys, int compression_level) const;
  Outputs new_outputs(int compression_level);
  uint64_t new_number() { return next_file_++; }

  Status check_rows(StoreRows& rows, std::vector<std::string>* problems) const;  // rows_check.cc

  // rows_merge.cc
  uint64_t merge_slices(const WriteBatch& batch, bool is_flushing);  // what a commit is to merge
  Status merge_into(Edit* edit, uint64_t slices);
  uint64_t versions_of_slice() const;
  bool may_sweep() const;
  bool wants_merge(const Tree& tree) const;
  bool pick_merge(Tree* tree);
  Status merge_slice(Edit* edit, uint64_t max_versions);
  Status compact_into(Edit* edit);
  Status run_merge(Edit* edit, MergeJob& job);
  MergeContext merge_context(uint64_t max_versions);

  StoreOptions options_;
  Knobs knobs_;
  StoreId id_;
  const std::shared_ptr<BlockRowsLink> link_ = std::make_shared<BlockRowsLink>();
  StoreRows* rows_;
  const std::shared_ptr<ReadStates> states_;
  std::shared_ptr<Memtable> active_ = std::make_shared<Memtable>();  // behind tree_.head.flushed_commit
  uint64_t published_frame_ = 0;
  Tree tree_;  // as the database has committed it
  std::vector<Edit> edits_;
  std::optional<Prepared> prepared_;
  std::string frame_;       // of prepared_
  uint64_t next_file_ = 1;  // numbers below are given out, or were on this connection
  std::multimap<uint64_t, std::weak_ptr<const Sstable>> open_;  // by number; some are cut
  uint64_t merge_credit_bytes_ = 0;                             // written, and not yet merged for
  mutable KnownDictionaries dictionaries_;
  std::vector<std::vector<std::string>> cursor_keys_;  // of compactions, per shard and level
  std::function<bool()> is_interrupted_;               // while compact() works
  uint64_t flushes_ = 0;
  uint64_t compactions_ = 0;
  uint64_t history_merges_ = 0;
  uint64_t flushed_bytes_ = 0;
  uint64_t merged_bytes_ = 0;
};

}  // namespace spectradb::lsm

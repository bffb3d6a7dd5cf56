#include "lsm/store/rows_store.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/file/row_file_system.h"
#include "lsm/log/log_format.h"
#include "lsm/store/backup.h"
#include "lsm/store/figures.h"
#include "lsm/store/spill_runs.h"
#include "lsm/store/store_cursor.h"
#include "lsm/store/store_id.h"

namespace spectradb::lsm {
namespace {

constexpr int kSpilledLevel = 1;            // of zstd: spilled files are merged soon
constexpr uint64_t kLargePart = 4;          // a batch of a quarter of a memtable is spilled
constexpr uint64_t kForgottenFrames = 256;  // by one commit, in half a millisecond

// Names the rows of frames, as the directory names those of blocks beside them.
std::string frames_of(const std::string& directory) {
  return directory.substr(0, directory.rfind('.') + 1) + "_spectradb_recent";
}

Status lacks_commit(const std::string& directory, uint64_t commit) {
  return Status::corrupt(frames_of(directory) + " lacks commit " + std::to_string(commit) +
                         ", whose facts are nowhere else: restore the database from a backup");
}

}  // namespace

RowsStore::RowsStore(StoreOptions options, StoreRows& rows)
    : options_(std::move(options)),
      knobs_(options_),
      rows_(&rows),
      states_(std::make_shared<ReadStates>(options_.block_cache_bytes, options_.properties)) {
  options_.file_system = row_file_system(link_);
  link_->rows = rows_;
}

RowsStore::~RowsStore() {
  link_->rows = nullptr;
  if (!is_torn_ && active_.last() == published()) leave_memtable(id_, std::move(active_));
}

void RowsStore::attach(StoreRows* rows) {
  rows_ = rows;
  link_->rows = rows;
}

Result<StoreRows*> RowsStore::rows() const {
  if (rows_ != nullptr) return rows_;
  return Status::io("the store in " + options_.directory +
                    " cannot be reached: its schema is being read anew");
}

Result<std::shared_ptr<RowsStore>> RowsStore::create(StoreOptions options, StoreRows& rows) {
  std::shared_ptr<RowsStore> store(new RowsStore(std::move(options), rows));
  SPECTRADB_ASSIGN_OR_RETURN(auto id, new_store_id());
  store->id_ = id;
  Tree& tree = store->tree_;
  tree.head.store_id = id;
  tree.head.shard_count = static_cast<uint32_t>(store->options_.shard_count);
  auto files = std::make_shared<FileSet>();
  files->shards.assign(tree.head.shard_count, ShardLevels(1));
  files->history.resize(tree.head.shard_count);
  tree.files = std::move(files);
  store->cursor_keys_.assign(tree.head.shard_count, std::vector<std::string>(kMaxLevels));
  store->show();
  SPECTRADB_RETURN_IF_ERROR(store->end_edit(store->begin_edit()));
  return store;
}

Result<std::shared_ptr<RowsStore>> RowsStore::open(StoreOptions options, StoreRows& rows) {
  std::shared_ptr<RowsStore> store(new RowsStore(std::move(options), rows));
  SPECTRADB_ASSIGN_OR_RETURN(auto tree, store->read_tree());
  store->id_ = tree.head.store_id;
  // Commit zero makes the first follow() read the files, whatever the newest commit is.
  store->tree_.head.store_id = store->id_;
  store->tree_.head.shard_count = tree.head.shard_count;
  store->cursor_keys_.assign(tree.head.shard_count, std::vector<std::string>(kMaxLevels));
  store->show();
  return store;
}

void RowsStore::take_knobs(const Tree& tree) {
  knobs_.shard_count = tree.head.shard_count;
  take_kept(tree.head.knobs, options_, &knobs_);
}

void RowsStore::show() {
  auto state = std::make_shared<ReadState>();
  state->recent.push_back({active_.memtable, nullptr});
  state->files = tree_.files;
  states_->set_current(std::move(state));
}

Result<RowsStore::Tree> RowsStore::read_tree() const {
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_ASSIGN_OR_RETURN(auto files, rows->files());
  const std::string path = path_in(options_.directory, "files");
  if (files.empty() || files.front().number != 0)
    return Status::missing("there is no store in " + options_.directory);
  Tree tree;
  const StoreRows::File head = std::move(files.front());
  SPECTRADB_RETURN_IF_ERROR(decode_head(head.meta, &tree));
  tree.version = head.place;
  for (StoreRows::File& file : files) {
    if (file.number == 0) continue;
    const bool is_placed = file.shard < tree.head.shard_count &&
                           (file.level <= kHistoryLevel || file.level == kDeadLevel) &&
                           file.run < kMaxHistoryRuns && file.number < tree.head.next_file;
    if (!is_placed) return corruption(path, file.number, "a file has an impossible place");
    const uint64_t number = file.number;
    tree.rows.emplace(number, std::move(file));
  }
  SPECTRADB_RETURN_IF_ERROR(check_seals(head, tree));
  return tree;
}

Result<std::shared_ptr<const Sstable>> RowsStore::open_table(const FileMeta& meta) {
  auto table = Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(meta.number)),
                             meta, seed(), &states_->cache());
  if (table) open_.emplace(meta.number, *table);
  return table;
}

Result<SstableList> RowsStore::open_tables(const std::vector<FileMeta>& metas) {
  SstableList tables;
  for (const FileMeta& meta : metas) {
    SPECTRADB_ASSIGN_OR_RETURN(auto table, open_table(meta));
    tables.push_back(std::move(table));
  }
  return tables;
}

std::shared_ptr<const Sstable> RowsStore::find_open(uint64_t number) const {
  const auto [from, to] = open_.equal_range(number);
  for (auto open = from; open != to; ++open) {
    if (auto table = open->second.lock()) return table;
  }
  return nullptr;
}

// Reuses an open table where it was opened by the same row.
Result<std::shared_ptr<const Sstable>> RowsStore::open_row(const StoreRows::File& row) {
  ByteReader reader(row.meta);
  const FileMeta meta = FileMeta::decode(reader);
  const bool is_cut = !row.from_key.empty();
  const bool is_sane = reader.ok() && reader.at_end() && meta.number == row.number &&
                       (!is_cut || (row.from_key > meta.first_key && row.from_key <= meta.last_key));
  if (!is_sane)
    return corruption(path_in(options_.directory, "files"), row.number, "a file's row cannot be read");
  std::shared_ptr<const Sstable> table;
  const auto known = tree_.rows.find(row.number);
  if (known != tree_.rows.end() && known->second.salt == row.salt && known->second.meta == row.meta)
    table = find_open(row.number);
  if (table == nullptr || (table->is_cut() && !is_cut)) {
    auto opened = open_table(meta);
    if (!opened) return opened;
    table = std::move(*opened);
  }
  const bool is_cut_so = table->is_cut() ? table->meta().first_key == row.from_key : !is_cut;
  return is_cut_so ? Result<std::shared_ptr<const Sstable>>(std::move(table))
                   : cut_table(*table, row.from_key);
}

Result<std::shared_ptr<const Sstable>> RowsStore::cut_table(const Sstable& table,
                                                            const std::string& from_key) {
  auto cut = table.cut(*options_.file_system, from_key);
  if (cut) open_.emplace((*cut)->meta().number, *cut);
  return cut;
}

Result<std::shared_ptr<FileSet>> RowsStore::open_files(const Tree& tree) {
  auto files = std::make_shared<FileSet>();
  files->shards.assign(tree.head.shard_count, ShardLevels(1));
  files->history.resize(tree.head.shard_count);
  struct Placed {
    const StoreRows::File* row;
    std::shared_ptr<const Sstable> table;
  };
  std::vector<std::map<uint64_t, HistoryGroup>> groups(tree.head.shard_count);
  std::vector<std::vector<Placed>> newest_first(tree.head.shard_count);
  for (const auto& [number, row] : tree.rows) {
    if (row.level == kDeadLevel) continue;
    SPECTRADB_ASSIGN_OR_RETURN(auto opened, open_row(row));
    std::shared_ptr<const Sstable> table = std::move(opened);
    if (row.level == kHistoryLevel) {
      HistoryGroup& group = groups[row.shard][row.group];
      if (group.size() <= row.run) group.resize(row.run + 1);
      group[row.run].tables.push_back(std::move(table));
    } else if (row.level == 0) {
      newest_first[row.shard].push_back({&row, std::move(table)});
    } else {
      ShardLevels& levels = files->shards[row.shard];
      if (levels.size() <= row.level) levels.resize(row.level + 1);
      levels[row.level].push_back(std::move(table));
    }
  }
  for (uint32_t shard = 0; shard < tree.head.shard_count; ++shard) {
    std::sort(newest_first[shard].begin(), newest_first[shard].end(),
              [](const Placed& left, const Placed& right) { return left.row->place > right.row->place; });
    for (Placed& placed : newest_first[shard]) files->shards[shard][0].push_back(std::move(placed.table));
    for (size_t level = 1; level < files->shards[shard].size(); ++level)
      std::sort(files->shards[shard][level].begin(), files->shards[shard][level].end(), ByLevelOrder{});
    for (auto& [number, group] : groups[shard]) {
      for (HistoryRun& run : group) std::sort(run.tables.begin(), run.tables.end(), ByLevelOrder{});
      files->history[shard].add(std::move(group));
    }
  }
  return files;
}

Status RowsStore::follow(CommitToken newest) {
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_ASSIGN_OR_RETURN(const auto version, rows->version());
  const bool is_same_tree = version == now().version && !is_torn_;
  const bool is_last = newest.commit == published() && newest.frame == published_frame_;
  if (is_same_tree && is_last) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const bool goes_on, this->goes_on(newest));
  if (is_same_tree) {
    if (goes_on && newest.commit > published() && edits_.empty()) {
      SPECTRADB_ASSERT(active_.last() == published());
      is_torn_ = true;
      if (Status added = add_frames(newest, &active_); added) {
        published_frame_ = newest.frame;
        states_->set_published(newest.commit);
        is_torn_ = false;
        return Status::ok();
      }
      active_ = FramedMemtable();  // the memtable holds only some of the frames
    }
  }
  if (!edits_.empty())
    return Status::io("the store in " + options_.directory +
                      " was changed by another one in this transaction");
  const Status loaded = load(newest.commit, newest.frame);
  if (loaded && !goes_on) ++histories_;
  return loaded;
}

// Whether the database has the last commit that is shown, as it is shown.
Result<bool> RowsStore::goes_on(CommitToken newest) const {
  if (published() == 0) return true;
  if (newest.commit <= published()) return newest.commit == published() && newest.frame == published_frame_;
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  SPECTRADB_ASSIGN_OR_RETURN(const auto token, rows->token_of(published()));
  return token == published_frame_;
}

Status RowsStore::load(uint64_t newest_commit, uint64_t newest_frame) {
  SPECTRADB_ASSIGN_OR_RETURN(auto tree, read_tree());
  if (tree.head.store_id != id_ || tree.head.shard_count != cursor_keys_.size())
    return Status::io(
        "the database was replaced by another one while it was open: close it, and open it anew");
  if (tree.head.flushed_commit > newest_commit)
    return corruption(path_in(options_.directory, "files"), 0,
                      "it has commit " + std::to_string(tree.head.flushed_commit) +
                          ", and the last commit is " + std::to_string(newest_commit));
  SPECTRADB_ASSIGN_OR_RETURN(auto files, open_files(tree));
  tree.files = std::move(files);
  const CommitToken newest{newest_commit, newest_frame};
  SPECTRADB_ASSIGN_OR_RETURN(FramedMemtable active, find_left(tree.head.flushed_commit, newest));
  SPECTRADB_RETURN_IF_ERROR(add_frames(newest, &active));
  next_file_ = std::max(next_file_, tree.head.next_file);
  is_torn_ = true;
  has_flushed_frames_ = true;
  tree_ = std::move(tree);
  active_ = std::move(active);
  published_frame_ = newest_frame;
  prepared_.reset();
  take_knobs(tree_);
  states_->set_published(newest_commit);
  show();
  is_torn_ = false;
  return Status::ok();
}

// A memtable that a closed store has left, if all its frames are as this database has them, byte by byte; else one
// without facts, and what is wrong with a frame is found when it is added.
Result<FramedMemtable> RowsStore::find_left(uint64_t behind, CommitToken newest) const {
  FramedMemtable none;
  none.behind = behind;
  FramedMemtable left = take_left_memtable(id_, behind);
  if (left.tokens.empty() || left.last() > newest.commit ||
      (left.last() == newest.commit && left.tokens.back() != newest.frame))
    return none;
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  uint64_t last = behind;
  bool is_same = true;
  SPECTRADB_RETURN_IF_ERROR(
      rows->frames_behind(behind, [&](uint64_t commit, uint64_t token, std::string_view bytes) -> Status {
        if (!is_same || last == left.last()) return Status::ok();
        const auto frame = read_frame(bytes, 0, seed());
        is_same = commit == last + 1 && token == left.tokens[last - behind] && frame &&
                  frame->commit == commit && frame->end == bytes.size() && frame->token == token;
        last = commit;
        return Status::ok();
      }));
  return is_same && last == left.last() ? std::move(left) : std::move(none);
}

Status RowsStore::add_frames(CommitToken newest, FramedMemtable* active) {
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  uint64_t last = active->last();
  const auto add = [&](uint64_t commit, uint64_t token, std::string_view bytes) -> Status {
    if (commit > newest.commit) return Status::ok();
    if (commit > last + 1) return lacks_commit(options_.directory, last + 1);
    const auto frame = read_frame(bytes, 0, seed());
    const bool is_next = commit == last + 1 && frame && frame->commit == commit &&
                         frame->end == bytes.size() && frame->token == token &&
                         (commit != newest.commit || token == newest.frame);
    const bool is_whole =
        is_next &&
        for_each_record(*frame, [&](uint32_t ordinal, std::string_view key, std::string_view value) {
          active->memtable->put(key, commit, ordinal, value, options_.properties->bounds_or_all(value));
        });
    if (!is_whole)
      return corruption(frames_of(options_.directory) + ", row " + std::to_string(commit) + ",", 0,
                        "the facts of commit " + std::to_string(commit) + " cannot be read");
    active->tokens.push_back(token);
    last = commit;
    return Status::ok();
  };
  SPECTRADB_RETURN_IF_ERROR(rows->frames_behind(last, add));
  if (last == newest.commit) return Status::ok();
  return lacks_commit(options_.directory, last + 1);
}

Result<std::string> RowsStore::encode_frame(uint64_t commit, const WriteBatch& batch, uint64_t* token) const {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string salt, new_frame_salt());
  std::string body;
  if (batch.is_spilled()) {
    std::vector<SpilledTable> tables;
    for (const auto& run : batch.rep()->spilled) {
      for (uint32_t shard = 0; shard < run->shards.size(); ++shard) {
        for (const auto& table : run->shards[shard]) tables.push_back({shard, table->meta()});
      }
    }
    body = encode_spilled(tables);
  } else {
    for (const auto& run : batch.rep()->living_runs()) {
      put_varint(body, run.first_ordinal);
      put_varint(body, run.count);
      put_bytes(body, run.records);
    }
  }
  std::string frame = encode_frame_header(commit, body.size(), false, salt, seed()) + body;
  RunningChecksum checksum(seed());
  checksum.update(frame);
  *token = token_of(checksum);
  put_fixed64(frame, *token);
  return frame;
}

bool RowsStore::is_large(const WriteBatch& batch) const {
  return batch.is_spilled() || batch.size_bytes() >= knobs_.memtable_max_bytes / kLargePart;
}

Status RowsStore::spill(uint64_t commit, WriteBatch& batch) {
  auto rows = this->rows();
  if (!rows) return rows.status();
  return spill_batch(
      {*options_.properties, states_->decompressors(), [this] { return new_outputs(kSpilledLevel); },
       [this](const std::vector<FileMeta>& metas) { return open_tables(metas); }},
      commit, batch);
}

Result<PreparedFrame> RowsStore::prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync,
                                         const std::function<bool()>&) {
  SPECTRADB_ASSIGN_OR_RETURN(auto rows, this->rows());
  if (commit != published() + 1)
    return Status::invalid("commit " + std::to_string(commit) + " cannot follow commit " +
                           std::to_string(published()) + " in " + options_.directory);
  if (batch->is_spilled() && batch->rep()->list->count() > 0)
    return Status::invalid("a batch of " + options_.directory + " is only spilled in part");
  prepared_.reset();
  uint64_t token = 0;
  SPECTRADB_ASSIGN_OR_RETURN(frame_, encode_frame(commit, *batch, &token));
  const bool is_full = !is_flushed() && active_.memtable->size_bytes() >= knobs_.memtable_max_bytes;
  const bool had_spilled = !edits_.empty() && edits_.back().without_spilled != nullptr;
  const bool is_flushing = is_full || (batch->is_spilled() && !is_flushed());
  const uint64_t slices = merge_slices(*batch, is_flushing);
  const bool begins_salts = !now().head.has_salts;
  if (batch->is_spilled() || had_spilled || is_full || slices > 0 || begins_salts) {
    Edit edit = begin_edit();
    edit.tree.head.has_salts = true;
    if (is_flushing) SPECTRADB_RETURN_IF_ERROR(flush_into(&edit));
    SPECTRADB_RETURN_IF_ERROR(merge_into(&edit, slices));
    if (batch->is_spilled()) place_spilled(&edit, *batch, {commit, token});
    SPECTRADB_RETURN_IF_ERROR(end_edit(std::move(edit)));
  }
  if (has_flushed_frames_ || is_flushing) SPECTRADB_RETURN_IF_ERROR(forget_some_frames(*rows));
  SPECTRADB_RETURN_IF_ERROR(remove_unwanted(*batch, *rows));
  prepared_ = Prepared{commit, token, std::move(batch)};
  return PreparedFrame{token, prepared_->batch->is_spilled() ? std::string_view() : frame_, false};
}

// The frames of a whole memtable take as long to forget as its SSTable takes to write, so each commit forgets
// some of them. Until then nobody reads them.
Status RowsStore::forget_some_frames(StoreRows& rows) {
  const uint64_t up_to = std::min(now().head.flushed_commit, published());
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t forgotten, rows.forget_frames(up_to, kForgottenFrames));
  has_flushed_frames_ = forgotten == kForgottenFrames;
  return Status::ok();
}

// The database has committed the prepared commit.
Status RowsStore::publish(uint64_t commit, uint64_t frame) {
  if (!prepared_ || prepared_->commit != commit || (frame != 0 && prepared_->frame != frame))
    return Status::ok();
  const Prepared prepared = std::move(*prepared_);
  prepared_.reset();
  SPECTRADB_ASSERT(prepared.commit == published() + 1);
  accept();
  is_torn_ = true;  // stays set if memory runs out halfway: then all is loaded anew
  if (!prepared.batch->is_spilled()) {
    prepared.batch->for_each([&](uint32_t ordinal, std::string_view user_key, std::string_view value) {
      active_.memtable->put(user_key, commit, ordinal, value, options_.properties->bounds_or_all(value));
    });
  }
  if (!prepared.batch->is_spilled()) active_.tokens.push_back(prepared.frame);
  published_frame_ = prepared.frame;
  states_->set_published(commit);
  is_torn_ = false;
  return Status::ok();
}

Status RowsStore::abort(uint64_t commit, uint64_t frame) {
  if (prepared_ && prepared_->commit == commit && (frame == 0 || prepared_->frame == frame))
    prepared_.reset();
  return Status::ok();
}

void RowsStore::take_back(uint64_t edits) {
  if (edits >= edits_.size()) return;
  edits_.erase(edits_.begin() + static_cast<ptrdiff_t>(edits), edits_.end());
  has_flushed_frames_ = true;
  take_knobs(now());
}

void RowsStore::accept() {
  link_->made.clear();
  if (edits_.empty()) return;
  is_torn_ = true;  // a memtable that stayed beside the file made of it would be written a second time
  tree_ = std::move(edits_.back().tree);
  edits_.clear();
  if (tree_.head.flushed_commit >= published()) {
    active_ = FramedMemtable();
    active_.behind = tree_.head.flushed_commit;
  }
  take_knobs(tree_);
  show();
  is_torn_ = false;
}

// The files of the transaction are gone, and other transactions may use their numbers.
void RowsStore::drop() {
  for (const uint64_t number : link_->made) open_.erase(number);
  link_->made.clear();
  edits_.clear();
  prepared_.reset();
  has_flushed_frames_ = true;
  take_knobs(tree_);
}

std::optional<uint64_t> RowsStore::frame_of(uint64_t commit) const {
  return commit == published() ? std::optional(published_frame_) : std::nullopt;
}

std::unique_ptr<VersionCursor> RowsStore::new_cursor(const CursorOptions& options) {
  return std::make_unique<StoreCursor>(states_, options);
}

Result<std::unique_ptr<Backup>> RowsStore::begin_backup(const AskSnapshot&) {
  return Status::invalid("the store is in the database, and goes with a copy of its file");
}

Figures RowsStore::stats() const {
  Figures pairs = figures_of(*states_, knobs_, tree_.head.retired);
  const auto add = [&](const char* name, uint64_t value) { pairs.emplace_back(name, std::to_string(value)); };
  uint64_t dead = 0;
  for (const auto& [number, row] : tree_.rows) dead += row.level == kDeadLevel ? 1 : 0;
  add("flushes", flushes_);
  add("compactions", compactions_);
  add("history_merges", history_merges_);
  add("flushed_bytes", flushed_bytes_);
  add("merged_bytes", merged_bytes_);
  add("dead_files", dead);
  return pairs;
}

uint64_t RowsStore::version_count() const { return versions_of(*states_->current()); }

RangeSize RowsStore::range_size(std::string_view from, std::string_view to) const {
  return range_size_of(*states_->current(), from, to);
}
std::vector<std::string> RowsStore::sample_keys(std::string_view from, std::string_view to,
                                                size_t count) const {
  return sample_keys_of(*states_->current(), from, to, count);
}

}  // namespace spectradb::lsm

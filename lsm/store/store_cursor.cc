#include "lsm/store/store_cursor.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/base/checksum.h"

namespace spectradb::lsm {
namespace {

// Counted negatives of filters are added to the store's figures this many at a time.
constexpr uint64_t kNegativesAtOnce = 64;

template <typename Iterator>
std::unique_ptr<Iterator> source_over(const ReadLimits* limits, Decompressor* decompressor) {
  auto source = std::make_unique<Iterator>(limits, decompressor);
  source->leave_out_large();
  return source;
}

}  // namespace

StoreCursor::StoreCursor(std::shared_ptr<ReadStates> states, const CursorOptions& options)
    : states_(std::move(states)),
      options_(options),
      decompressor_(&states_->decompressors()),
      own_(&limits_),
      own_limits_{UINT64_MAX, 0, std::nullopt, &counters_},
      one_memtable_(&limits_),
      one_table_(&limits_, &decompressor_),
      one_level_(&limits_, &decompressor_) {
  limits_.counters = &counters_;
  limits_.properties = own_limits_.properties = states_->properties();
  one_table_.leave_out_large();
  one_level_.leave_out_large();
}

StoreCursor::~StoreCursor() { report(1); }

// Every point read meets filters, so their counts are collected here before they go to figures that all
// threads share.
void StoreCursor::report(uint64_t negatives_min) {
  const ReadCounters& seen = counters_;
  if ((seen.history_blocks_read | seen.history_files_skipped | seen.blocks_skipped) == 0 &&
      seen.bloom_negatives < negatives_min)
    return;
  states_->count(counters_);
  counters_ = {};
}

void StoreCursor::begin(std::string_view user_key) {
  target_.assign(user_key);  // first: user_key may point into what this cursor holds
  target_is_hashed_ = is_sought_ = false;
  if (decompressor_.large.was_read) let_go();
  pending_history_.clear();
  report(kNegativesAtOnce);
  current_ = nullptr;
  status_ = Status::ok();
  limits_.max_commit = std::min(options_.max_commit, states_->published());
  limits_.superseded_by =
      options_.all_versions ? std::min(options_.superseded_by, limits_.max_commit) : limits_.max_commit;
  limits_.valid_at = options_.valid_at;
  own_limits_.valid_at = options_.valid_at;
  limits_.min_commit = options_.min_commit;
  const uint64_t version = states_->version();
  if (version != state_version_) {
    state_ = states_->current();
    state_version_ = version;
    sources_open_ = false;
    history_is_listed_ = false;
    history_.clear();
    key_memtables_.clear();
    key_tables_.clear();
    key_levels_.clear();
    heap_.clear();
  }
  if (options_.own != nullptr) take_own();
}

void StoreCursor::let_go() {
  decompressor_.large = {};
  one_table_.let_go();
  one_level_.let_go();
  for (const auto& source : owned_sources_) source->let_go();
  for (const auto& source : own_levels_) source->let_go();
  for (const auto& source : key_tables_) source->let_go();
  for (const auto& source : key_levels_) source->let_go();
  for (const HistorySource& source : history_) {
    if (source.versions != nullptr) source.versions->let_go();
  }
}

void StoreCursor::take_own() {
  const WriteBatch::Rep& own = *options_.own->rep();
  own_.reset(own, options_.own_commit);
  own_changes_ = own.changes;
  if (own_list_ == own.list) return;
  own_list_ = own.list;
  if (own_runs_.empty() && own.spilled.empty()) return;
  heap_.clear();
  own_levels_.clear();
  own_runs_.assign(own.spilled.begin(), own.spilled.end());
  for (const auto& run : own_runs_) {
    for (const SstableList& shard : run->shards) {
      own_levels_.push_back(source_over<LevelIterator>(&own_limits_, &decompressor_));
      own_levels_.back()->reset(&shard);
    }
  }
}

bool StoreCursor::is_gone(const VersionIterator& version) const {
  return !own_runs_.empty() && &version != &own_ && version.commit() == options_.own_commit &&
         is_dead(options_.own->rep()->dead, version.ordinal());
}

void StoreCursor::open_sources() {
  sources_.clear();
  if (options_.own != nullptr) sources_.push_back(&own_);
  for (const auto& level : own_levels_) sources_.push_back(level.get());
  if (history_has_part()) {
    list_history();
    for (HistorySource& source : history_) {
      if (LevelIterator* versions = open_history(source)) sources_.push_back(versions);
    }
  } else {
    count_skipped_history();
  }
  if (sources_open_) {
    for (const auto& source : owned_sources_) sources_.push_back(source.get());
    return;
  }
  owned_sources_.clear();
  const auto add_table = [this](const Sstable* table) {
    auto iterator = source_over<SstableIterator>(&limits_, &decompressor_);
    iterator->reset(table);
    owned_sources_.push_back(std::move(iterator));
  };
  for (const RecentSource& recent : state_->recent) {
    if (recent.table != nullptr) {
      add_table(recent.table.get());
      continue;
    }
    auto iterator = std::make_unique<VersionListIterator>(&limits_);
    iterator->reset(*recent.memtable);
    owned_sources_.push_back(std::move(iterator));
  }
  for (const ShardLevels& levels : state_->files->shards) {
    for (size_t level = 0; level < levels.size(); ++level) {
      if (level == 0) {
        for (const auto& table : levels[0]) add_table(table.get());
      } else if (!levels[level].empty()) {
        auto iterator = source_over<LevelIterator>(&limits_, &decompressor_);
        iterator->reset(&levels[level]);
        owned_sources_.push_back(std::move(iterator));
      }
    }
  }
  for (const auto& source : owned_sources_) sources_.push_back(source.get());
  sources_open_ = true;
}

// The list is made only when history is needed: most statements read the present, in cursors of their own.
void StoreCursor::list_history() {
  if (history_is_listed_) return;
  history_is_listed_ = true;
  const std::vector<ShardHistory>& shards = state_->files->history;
  for (uint32_t shard = 0; shard < shards.size(); ++shard) {
    for (const HistoryGroup& group : shards[shard].groups) {
      for (const HistoryRun& run : group) history_.push_back({shard, &run, nullptr});
    }
  }
  std::sort(history_.begin(), history_.end(), [](const HistorySource& left, const HistorySource& right) {
    return left.run->bounds.max_commit < right.run->bounds.max_commit;
  });
}

bool StoreCursor::history_has_part() const {
  const std::vector<ShardHistory>& shards = state_->files->history;
  return std::any_of(shards.begin(), shards.end(), [this](const auto& one) { return has_part(one.bounds); });
}

void StoreCursor::count_skipped_history() {
  for (const ShardHistory& shard : state_->files->history) {
    for (const HistoryGroup& group : shard.groups) {
      for (const HistoryRun& run : group) counters_.history_files_skipped += run.tables.size();
    }
  }
}

bool StoreCursor::has_part(const Bounds& bounds) const {
  return bounds.min_commit <= limits_.max_commit && bounds.max_commit >= limits_.min_commit &&
         bounds.max_recency > limits_.superseded_by;
}

LevelIterator* StoreCursor::open_history(HistorySource& source) {
  if (!has_part(source.run->bounds)) {
    counters_.history_files_skipped += source.run->tables.size();
    return nullptr;
  }
  if (source.versions == nullptr) {
    source.versions = source_over<LevelIterator>(&limits_, &decompressor_);
    source.versions->reset(&source.run->tables);
  }
  return source.versions.get();
}

// Opens a run once a version that it may hold could be the next one.
void StoreCursor::open_pending_history() {
  while (!pending_history_.empty() && status_.is_ok()) {
    HistorySource& source = *pending_history_.back();
    if (!heap_.is_empty() && source.run->bounds.max_commit < heap_.top()->commit()) return;
    pending_history_.pop_back();
    LevelIterator* versions = open_history(source);
    if (versions == nullptr) continue;
    versions->seek_exact(target_, target_hash_);
    sources_.push_back(versions);
    if (versions->valid()) {
      heap_.push(versions);
    } else if (!versions->status().is_ok()) {
      status_ = versions->status();
      heap_.clear();
    }
  }
}

void StoreCursor::take_top() {
  current_ = nullptr;
  for (;;) {
    if (!pending_history_.empty()) open_pending_history();
    if (heap_.is_empty()) return;
    VersionIterator* top = heap_.top();
    const bool is_own = options_.own != nullptr && top->commit() == options_.own_commit;
    if ((top->commit() <= limits_.max_commit || is_own) && !is_gone(*top)) {
      current_ = top;
      return load_current();
    }
    top->next();  // a memtable's version that is too new
    settle();
  }
}

// Only the current source loads its large value, so that one value at most is in memory.
void StoreCursor::load_current() {
  if (!current_->is_left_out() || current_->load()) return;
  status_ = current_->status();
  current_ = nullptr;
}

void StoreCursor::build_heap() {
  status_ = heap_.build(sources_);
  take_top();
}

void StoreCursor::settle() {
  if (Status settled = heap_.settle(); !settled) status_ = std::move(settled);
}

void StoreCursor::seek(std::string_view user_key) {
  if (is_sought_ && user_key == target_) {
    is_sought_ = false;
    return build_heap();
  }
  begin(user_key);
  mode_ = Mode::kMerge;
  open_sources();
  for (VersionIterator* source : sources_) source->seek(target_);
  build_heap();
}

// Own writes change while they are read, and versions of history show that a key's newest one is not all.
NewestVersions* StoreCursor::seek_newest(std::string_view user_key, std::string_view below) {
  if (options_.own != nullptr || options_.min_commit > 0) return nullptr;
  begin(user_key);
  mode_ = Mode::kMerge;
  heap_.clear();
  if (history_has_part()) return nullptr;
  open_sources();
  for (VersionIterator* source : sources_) source->seek(target_);
  if (decompressor_.large.was_read) {  // which newest_ would leave out, and seek() would read again
    is_sought_ = true;
    return nullptr;
  }
  newest_.begin(sources_, limits_.max_commit, below);
  return &newest_;
}

void StoreCursor::seek_before(std::string_view user_key) {
  begin(user_key);
  mode_ = Mode::kMerge;
  open_sources();
  while (seek_last_before_target()) {
    if (own_runs_.empty() || (valid() && this->user_key() == left_key_)) return;
    target_.assign(left_key_);  // all versions of the key were rolled back
  }
}

// Returns false when there is no such key, or a source failed.
bool StoreCursor::seek_last_before_target() {
  current_ = nullptr;
  const VersionIterator* last = nullptr;
  for (VersionIterator* source : sources_) {
    source->seek_before(target_);
    if (!source->status().is_ok()) {
      status_ = source->status();
      return false;
    }
    if (source->valid() && (last == nullptr || source->user_key() > last->user_key())) last = source;
  }
  if (last == nullptr) return false;
  left_key_.assign(last->user_key());
  for (VersionIterator* source : sources_) {
    if (!source->valid() || source->user_key() != left_key_) source->seek(left_key_);
  }
  build_heap();
  return status_.is_ok();
}

// Sets `from` to the greatest beginning of a block, over all files, that lies before the key.
bool StoreCursor::find_stretch_before(std::string_view user_key, std::string* from) {
  begin(user_key);
  from->clear();
  for (const ShardLevels& levels : state_->files->shards) {
    for (const SstableList& level : levels) {
      for (auto table = level.rbegin(); table != level.rend(); ++table) {
        if ((*table)->meta().first_key >= target_) continue;
        (*table)->find_block_before(target_, from);
        if (&level != &levels[0]) break;  // earlier files of a sorted run end before this one begins
      }
    }
  }
  return !from->empty();
}

bool StoreCursor::own_has_changed() const {
  return options_.own != nullptr && options_.own->rep()->changes != own_changes_;
}

void StoreCursor::skip_own(bool whole_key) {
  own_changes_ = options_.own->rep()->changes;
  const std::string_view user_key = current_->user_key();
  if (whole_key) {
    own_.seek_after_key(user_key);
  } else {
    own_.seek_after({user_key, current_->commit(), current_->ordinal()});
  }
}

bool StoreCursor::own_was_spilled() const {
  return options_.own != nullptr && options_.own->rep()->list != own_list_;
}

void StoreCursor::resume(bool whole_key) {
  const std::string user_key(current_->user_key());
  const uint64_t commit = current_->commit();
  const uint32_t ordinal = current_->ordinal();
  if (mode_ == Mode::kMerge) {
    seek(user_key);
  } else {
    begin(user_key);
    hash_target();
    seek_key_merging();
  }
  const auto is_behind = [&] {
    if (current_->user_key() != user_key) return true;
    if (whole_key) return false;
    return current_->commit() != commit ? current_->commit() < commit : current_->ordinal() < ordinal;
  };
  while (valid() && !is_behind()) {
    current_->next();
    settle();
    take_top();
  }
}

void StoreCursor::next() {
  SPECTRADB_ASSERT(valid());
  if (own_was_spilled() && (mode_ != Mode::kOneKey || current_ == &own_)) return resume(false);
  if (mode_ == Mode::kOneKey) {
    if (current_ == &own_ && own_has_changed()) {
      skip_own(false);
    } else {
      current_->next();
    }
    if (current_->valid()) return load_current();
    if (!current_->status().is_ok()) {
      status_ = current_->status();
      current_ = nullptr;
      return;
    }
    return enter_sources_from(source_ + 1);
  }
  if (own_has_changed()) {
    skip_own(false);
    if (current_ != &own_) current_->next();
    return build_heap();
  }
  current_->next();
  settle();
  take_top();
}

void StoreCursor::next_key() {
  SPECTRADB_ASSERT(valid());
  if (mode_ != Mode::kMerge) {
    current_ = nullptr;
    return;
  }
  if (own_was_spilled()) return resume(true);
  const bool own_changed = own_has_changed();
  if (!own_changed && heap_.has_key_once()) {
    heap_.top()->next_key();
    settle();
    return take_top();
  }
  left_key_.assign(current_->user_key());
  if (own_changed) {
    skip_own(true);
    build_heap();
  }
  while (!heap_.is_empty() && heap_.top()->user_key() == left_key_) {
    heap_.top()->next_key();
    settle();
  }
  take_top();
}

void StoreCursor::seek_key(std::string_view user_key) {
  begin(user_key);
  heap_.clear();
  if (!own_runs_.empty()) {
    hash_target();
    return seek_key_merging();
  }
  if (history_has_part()) {
    hash_target();
    if (has_part(state_->files->history[shard_of_target()].bounds)) return seek_key_merging();
  }
  mode_ = Mode::kOneKey;
  enter_sources_from(0);
}

void StoreCursor::seek_key_until(std::string_view user_key, uint64_t commit) {
  struct Restoring {
    ~Restoring() { limit = before; }
    uint64_t& limit;
    const uint64_t before;
  } restoring{options_.max_commit, options_.max_commit};
  options_.max_commit = std::min(options_.max_commit, commit);
  seek_key(user_key);
}

void StoreCursor::hash_target() {
  if (!target_is_hashed_) target_hash_ = hash_key(target_);
  target_is_hashed_ = true;
}

// Runs of history are not ordered by age: all that may hold the key are merged.
void StoreCursor::seek_key_merging() {
  mode_ = Mode::kMergeOneKey;
  sources_.clear();
  if (options_.own != nullptr) {
    own_.seek_exact(target_, target_hash_);
    sources_.push_back(&own_);
  }
  const uint32_t shard = shard_of_target();
  for (size_t level = shard; level < own_levels_.size(); level += state_->files->shards.size()) {
    own_levels_[level]->seek_exact(target_, target_hash_);
    sources_.push_back(own_levels_[level].get());
  }
  size_t memtable_count = 0;
  size_t table_count = 0;
  const auto add_table = [&](const Sstable& table) {
    if (key_tables_.size() <= table_count)
      key_tables_.push_back(source_over<SstableIterator>(&limits_, &decompressor_));
    if (!may_hold_target(table)) return;
    SstableIterator& versions = *key_tables_[table_count++];
    versions.reset(&table);
    versions.seek_exact(target_);
    sources_.push_back(&versions);
  };
  for (const RecentSource& recent : state_->recent) {
    if (recent.table != nullptr) {
      add_table(*recent.table);
      if (!status_.is_ok()) return;
      continue;
    }
    if (key_memtables_.size() <= memtable_count)
      key_memtables_.push_back(std::make_unique<VersionListIterator>(&limits_));
    VersionListIterator& versions = *key_memtables_[memtable_count++];
    versions.reset(*recent.memtable);
    versions.seek_exact(target_, target_hash_);
    sources_.push_back(&versions);
  }
  const ShardLevels& levels = state_->files->shards[shard];
  for (const auto& table : levels[0]) {
    add_table(*table);
    if (!status_.is_ok()) return;
  }
  for (size_t level = 1; level < levels.size(); ++level) {
    if (key_levels_.size() < level)
      key_levels_.push_back(source_over<LevelIterator>(&limits_, &decompressor_));
    key_levels_[level - 1]->reset(&levels[level]);
    key_levels_[level - 1]->seek_exact(target_, target_hash_);
    sources_.push_back(key_levels_[level - 1].get());
  }
  if (has_part(state_->files->history[shard].bounds)) {
    list_history();
    for (HistorySource& source : history_) {
      if (source.shard == shard) pending_history_.push_back(&source);
    }
  }
  build_heap();
}

bool StoreCursor::may_hold_target(const Sstable& table) {
  const FileMeta& meta = table.meta();
  if (target_ < meta.first_key || target_ > meta.last_key || !limits_.may_show(meta.bounds)) return false;
  status_ = table.load_filter();
  if (!status_.is_ok()) return false;
  if (table.may_contain(target_hash_)) return true;
  counters_.bloom_negatives += 1;
  return false;
}

void StoreCursor::enter_sources_from(size_t source) {
  current_ = nullptr;
  const ShardLevels* levels = nullptr;
  const size_t recent_end = 1 + state_->recent.size();
  size_t end = recent_end;
  for (source_ = source; source_ < end || levels == nullptr; ++source_) {
    if (source_ >= recent_end && levels == nullptr) {
      hash_target();
      levels = &state_->files->shards[shard_of_target()];
      const size_t level_count = levels->size();
      end = recent_end + (level_count == 0 ? 0 : (*levels)[0].size() + level_count - 1);
      if (source_ >= end) return;
    }
    if (enter_source(source_) || !status_.is_ok()) return;
  }
}

bool StoreCursor::enter_source(size_t source) {
  if (source == 0) {
    if (options_.own == nullptr || options_.own->count() == 0) return false;
    hash_target();
    own_.seek_exact(target_, target_hash_);
    current_ = &own_;
  } else if (source <= state_->recent.size()) {
    const RecentSource& recent = state_->recent[source - 1];
    if (recent.table != nullptr) {
      if (!enter_table(*recent.table)) return false;
    } else {
      hash_target();
      one_memtable_.reset(*recent.memtable);
      one_memtable_.seek_exact(target_, target_hash_);
      current_ = &one_memtable_;
    }
  } else if (!enter_file_source(source - 1 - state_->recent.size())) {
    return false;
  }
  if (current_->valid()) {
    load_current();
    return current_ != nullptr;
  }
  status_ = current_->status();
  current_ = nullptr;
  return false;
}

bool StoreCursor::enter_file_source(size_t source) {
  const ShardLevels& levels = state_->files->shards[shard_of_target()];
  if (source >= levels[0].size()) {
    one_level_.reset(&levels[source - levels[0].size() + 1]);
    one_level_.seek_exact(target_, target_hash_);
    current_ = &one_level_;
    return true;
  }
  return enter_table(*levels[0][source]);
}

bool StoreCursor::enter_table(const Sstable& table) {
  hash_target();
  if (!may_hold_target(table)) return false;
  one_table_.reset(&table);
  one_table_.seek_exact(target_);
  current_ = &one_table_;
  return true;
}

}  // namespace spectradb::lsm

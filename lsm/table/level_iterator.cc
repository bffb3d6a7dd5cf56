#include "lsm/table/level_iterator.h"

#include <algorithm>

#include "base/assert.h"

namespace spectradb::lsm {

void LevelIterator::reset(const SstableList* tables) {
  tables_ = tables;
  valid_ = false;
  status_ = Status::ok();
}

void LevelIterator::expose() {
  valid_ = tables_iterator_.valid();
  if (!valid_) {
    if (!tables_iterator_.status().is_ok()) status_ = tables_iterator_.status();
    return;
  }
  user_key_ = tables_iterator_.user_key();
  commit_ = tables_iterator_.commit();
  ordinal_ = tables_iterator_.ordinal();
  recency_ = tables_iterator_.recency();
  value_ = tables_iterator_.value();
  is_left_out_ = tables_iterator_.is_left_out();
}

bool LevelIterator::load() {
  const bool is_loaded = tables_iterator_.load();
  expose();
  return is_loaded;
}

bool LevelIterator::may_show(size_t index) const {
  const FileMeta& meta = (*tables_)[index]->meta();
  if (limits_->may_show(meta.bounds)) return true;
  if (limits_->counters != nullptr && meta.is_history()) limits_->counters->history_files_skipped += 1;
  return false;
}

size_t LevelIterator::find_table(std::string_view user_key) const {
  const uint64_t max_commit = limits_->max_commit;
  const auto found = std::partition_point(tables_->begin(), tables_->end(), [&](const auto& table) {
    const FileMeta& meta = table->meta();
    const int order = meta.last_key.compare(user_key);
    return order < 0 || (order == 0 && meta.last_commit > max_commit);
  });
  return static_cast<size_t>(found - tables_->begin());
}

void LevelIterator::enter_tables_from(size_t index) {
  valid_ = false;
  for (; index < tables_->size(); ++index) {
    if (is_exact_ && (*tables_)[index - 1]->meta().last_key != exact_key_) return;
    if (!may_show(index)) continue;
    enter(index);
    if (is_exact_) {
      tables_iterator_.seek_exact(exact_key_);
    } else {
      tables_iterator_.seek({});
    }
    expose();
    if (valid_ || !status_.is_ok()) return;
  }
}

void LevelIterator::seek(std::string_view user_key) {
  is_exact_ = false;
  valid_ = false;
  status_ = Status::ok();
  const size_t index = find_table(user_key);
  if (index >= tables_->size()) return;
  if (!may_show(index)) return enter_tables_from(index + 1);
  enter(index);
  tables_iterator_.seek(user_key);
  expose();
  if (!valid_ && status_.is_ok()) enter_tables_from(index + 1);
}

void LevelIterator::seek_exact(std::string_view user_key) { seek_exact(user_key, hash_key(user_key)); }

void LevelIterator::seek_exact(std::string_view user_key, uint64_t key_hash) {
  is_exact_ = true;
  exact_key_ = user_key;
  valid_ = false;
  status_ = Status::ok();
  const size_t index = find_table(user_key);
  if (index >= tables_->size()) return;
  const Sstable& table = *(*tables_)[index];
  if (user_key < table.meta().first_key) return;
  if (!may_show(index)) return enter_tables_from(index + 1);
  if (status_ = table.load_filter(); !status_.is_ok()) return;
  if (!table.may_contain(key_hash)) {
    if (limits_->counters != nullptr) limits_->counters->bloom_negatives += 1;
    return;
  }
  enter(index);
  tables_iterator_.seek_exact(user_key);
  expose();
  if (!valid_ && status_.is_ok()) enter_tables_from(index + 1);
}

void LevelIterator::next() {
  tables_iterator_.next();
  expose();
  if (!valid_ && status_.is_ok()) enter_tables_from(index_ + 1);
}

void LevelIterator::next_key() {
  const std::string& last_key = (*tables_)[index_]->meta().last_key;
  // The next table may hold older versions of the key.
  const bool may_continue = tables_iterator_.is_near_last_key() && are_equal_keys(user_key_, last_key);
  tables_iterator_.next_key();
  expose();
  if (valid_ || !status_.is_ok()) return;
  enter_tables_from(index_ + 1);
  while (may_continue && valid_ && user_key_ == last_key) {
    tables_iterator_.next_key();
    expose();
    if (!valid_ && status_.is_ok()) enter_tables_from(index_ + 1);
  }
}

// Ends before a table's last key, which may go on in the next table.
VersionIterator::Run LevelIterator::read_run(std::string_view below, RunSink& sink) {
  const std::string_view last_key = (*tables_)[index_]->meta().last_key;
  const Run run = tables_iterator_.read_run(std::min(below, last_key), sink);
  expose();
  if (!valid_ && status_.is_ok()) enter_tables_from(index_ + 1);
  return run;
}

// A table's last key may go on in the next table.
void LevelIterator::read_page(VersionPage& page, uint64_t max_commit) {
  while (valid_ && page.takes(user_key_)) {
    if (tables_iterator_.is_near_last_key()) {
      page.add(user_key_, value_, commit_, ordinal_);
      next_key();
      continue;
    }
    tables_iterator_.read_page_before_last_block(page);
    expose();
    if (!valid_ && status_.is_ok()) enter_tables_from(index_ + 1);
  }
  SPECTRADB_ASSERT(!valid_ || commit_ <= max_commit);
}

// A block that is read again passes over versions of other instants, which it showed at the first time: so a key that was
// found may turn out to have none, and those before it are looked at.
void LevelIterator::seek_before(std::string_view user_key) {
  for (before_.assign(user_key); find_before(); before_.assign(found_key_)) {
    if (index_ == 0 || (*tables_)[index_ - 1]->meta().last_key != user_key_) return;
    // The table before may hold newer versions of the key.
    found_key_.assign(user_key_);
    seek(found_key_);
    if (!status_.is_ok() || (valid_ && user_key_ == found_key_)) return;
  }
}

// Finds the last key below before_, as one table has it. Returns whether there is one.
bool LevelIterator::find_before() {
  is_exact_ = false;
  valid_ = false;
  status_ = Status::ok();
  const auto first_behind = std::partition_point(
      tables_->begin(), tables_->end(), [&](const auto& table) { return table->meta().first_key < before_; });
  for (auto index = static_cast<size_t>(first_behind - tables_->begin()); index > 0;) {
    enter(--index);
    tables_iterator_.seek_before(before_);
    expose();
    if (valid_ || !status_.is_ok()) return valid_;
  }
  return false;
}

}  // namespace spectradb::lsm

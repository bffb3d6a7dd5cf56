// SstableIterator: the versions of one table, read block by block.
#include <algorithm>
#include <utility>

#include "lsm/base/corruption.h"
#include "lsm/table/sstable.h"

namespace spectradb::lsm {

namespace {

// A block with fewer versions is read through at an instant.
constexpr uint32_t kVersionsWithTimes = 8;

}  // namespace

void SstableIterator::reset(const Sstable* table) {
  table_ = table;
  is_left_out_ = false;
  valid_ = false;
  status_ = Status::ok();
}

void SstableIterator::fail(Status status) {
  status_ = std::move(status);
  block_.reset();
  valid_ = false;
}

void SstableIterator::fail_decoding() {
  fail(corruption(table_->path(), index_->handle(block_index_).offset, "a block cannot be decoded"));
}

bool SstableIterator::leaves_key_before(size_t block) const {
  return is_exact_ && index_->last_key(block - 1) != exact_key_;
}

bool SstableIterator::load_table() {
  valid_ = false;
  status_ = Status::ok();
  if (index_table_ == table_->id()) return true;
  auto index = table_->index();
  if (!index) {
    fail(index.status());
    return false;
  }
  index_ = std::move(*index);
  index_table_ = table_->id();
  return true;
}

BlockUse SstableIterator::use_of_next_block() const {
  if (skips_groups()) return is_in_run_ ? BlockUse::kSeek : BlockUse::kScanWithSkips;
  return is_in_run_ ? BlockUse::kRun : BlockUse::kScan;
}

bool SstableIterator::enter_block(size_t block, bool is_scan) {
  const uint64_t table = table_->id();
  is_left_out_ = false;
  block_hides_ = !index_->shows_all(block, *limits_);
  if (block_ == nullptr || block_index_ != block || block_table_ != table) {
    // Released before the next block is read.
    if (block_ != nullptr && block_->size_bytes() >= kLargeBlockBytes) block_.reset();
    const BlockUse use = is_scan ? use_of_next_block() : BlockUse::kSeek;
    Decompressor::LargeBlock& large = decompressor_->large;
    if (leaves_out_large_ && large.bytes != nullptr && large.table == table && large.block == block) {
      block_ = std::static_pointer_cast<const Block>(std::move(large.bytes));
    } else {
      large.bytes.reset();
      auto read = table_->read_block(*index_, block, use, *decompressor_);
      if (!read) {
        fail(read.status());
        return false;
      }
      block_ = std::move(*read);
    }
    block_index_ = block;
    block_table_ = table;
    block_has_last_key_ = index_->last_key(block) == table_->meta().last_key;
    if (limits_->counters != nullptr && table_->meta().is_history())
      limits_->counters->history_blocks_read += 1;
  }
  // Not for a scan, which comes by once.
  if (!is_scan && limits_->valid_at && limits_->properties != nullptr &&
      block_->version_count() >= kVersionsWithTimes)
    table_->remember_valid_times(*index_, block, *block_, *limits_->properties);
  reader_.reset(block_.get());
  return true;
}

void SstableIterator::expose() {
  user_key_ = reader_.user_key();
  commit_ = reader_.commit();
  ordinal_ = reader_.ordinal();
  recency_ = reader_.recency();
  value_ = reader_.value();
  valid_ = true;
  if (leaves_out_large_ && block_->size_bytes() >= kLargeBlockBytes && block_->version_count() == 1)
    leave_out();
}

void SstableIterator::leave_out() {
  key_left_out_.assign(user_key_);
  user_key_ = key_left_out_;
  value_ = {};
  decompressor_->large = {block_table_, block_index_, true, std::move(block_)};
  is_left_out_ = true;
}

void SstableIterator::stop() {
  valid_ = is_left_out_ = false;
  if (block_ != nullptr && block_->size_bytes() >= kLargeBlockBytes) block_.reset();
}

void SstableIterator::let_go() {
  if (block_ != nullptr && block_->size_bytes() >= kLargeBlockBytes) stop();
}

bool SstableIterator::load() {
  if (!is_left_out_) return true;
  const uint64_t commit = commit_;
  const uint32_t ordinal = ordinal_;
  if (!enter_block(block_index_, true)) return false;
  const bool is_same = reader_.to_first() && reader_.user_key() == key_left_out_ &&
                       reader_.commit() == commit && reader_.ordinal() == ordinal;
  if (!is_same) {
    fail_decoding();
    return false;
  }
  user_key_ = reader_.user_key();
  value_ = reader_.value();
  return true;
}

bool SstableIterator::may_show(size_t block) {
  if (index_->may_show(block, *limits_)) return true;
  if (limits_->counters != nullptr) limits_->counters->blocks_skipped += 1;
  return false;
}

bool SstableIterator::show_version() {
  while (!limits_->shows(reader_.commit(), reader_.recency()) ||
         (limits_->valid_at && reader_.is_outside(*limits_->valid_at))) {
    if (!next_version()) return false;
  }
  if (reader_.commit() < limits_->min_commit) return false;  // all versions behind it are older
  expose();
  return true;
}

void SstableIterator::show_from_here() {
  do {
    if (is_exact_ && reader_.user_key() != exact_key_) return stop();
    if (show_version()) return;
  } while (next_group());
  if (reader_.is_damaged()) return fail_decoding();
  enter_blocks_from(block_index_ + 1);
}

bool SstableIterator::next_version() {
  return limits_->valid_at ? reader_.next_version_at(*limits_->valid_at) : reader_.next_version();
}

// Skips keys that have no version within the limits, as far as a block's times tell.
bool SstableIterator::next_group() {
  if (limits_->min_commit > 0) return reader_.next_group_since(limits_->min_commit);
  return block_hides_ ? reader_.next_group_shown(limits_->max_commit, limits_->superseded_by)
                      : reader_.next_group();
}

void SstableIterator::enter_blocks_from(size_t block) {
  size_t end = index_->block_count();
  if (block < end && limits_->valid_at && is_exact_)  // behind the key's last block
    end = std::min(end, index_->find_block({exact_key_, 0, 0}, block) + 1);
  for (; block < end && !leaves_key_before(block); ++block) {
    if (limits_->valid_at) {
      const size_t found = index_->find_overlapping(*limits_->valid_at, block, end);
      if (limits_->counters != nullptr) limits_->counters->blocks_skipped += found - block;
      block = found;
      if (block >= end) break;
    }
    if (!may_show(block)) continue;
    if (!enter_block(block, !is_exact_)) return;
    const bool may_show_none = block_hides_ && limits_->min_commit == 0;
    if (may_show_none ? next_group() : reader_.to_first()) return show_from_here();
    if (!may_show_none || reader_.is_damaged()) return fail_decoding();
  }
  stop();
}

void SstableIterator::seek(std::string_view user_key) {
  is_exact_ = false;
  seek_in_table(user_key);
}

void SstableIterator::seek_exact(std::string_view user_key) {
  is_exact_ = true;
  exact_key_ = user_key;
  seek_in_table(user_key);
}

void SstableIterator::seek_in_table(std::string_view user_key) {
  if (table_->meta().bounds.max_commit < limits_->min_commit) return stop();
  if (table_->is_cut() && user_key < table_->meta().first_key) {
    if (is_exact_) return stop();
    user_key = table_->meta().first_key;
  }
  if (!load_table()) return;
  const size_t block = index_->find_block({user_key, limits_->max_commit, UINT32_MAX});
  if (block >= index_->block_count()) return;
  if (!may_show(block)) return enter_blocks_from(block + 1);
  if (!enter_block(block, false)) return;
  if (reader_.seek(user_key)) return show_from_here();
  if (reader_.is_damaged()) return fail_decoding();
  enter_blocks_from(block + 1);
}

void SstableIterator::next() {
  if (is_left_out_) return enter_blocks_from(block_index_ + 1);
  if (next_version() && show_version()) return;
  valid_ = false;
  if (next_group()) return show_from_here();
  if (reader_.is_damaged()) return fail_decoding();
  enter_blocks_from(block_index_ + 1);
}

void SstableIterator::next_key() {
  valid_ = false;
  if (!is_left_out_ && next_group()) return show_from_here();
  // The reader still stands on the key: if that is the block's last one, it may go on in the next block.
  if (!is_left_out_ && reader_.is_damaged()) return fail_decoding();
  if (index_->last_key(block_index_) != user_key_) {
    if (!skips_groups()) return fail_decoding();
    return enter_blocks_from(block_index_ + 1);  // the keys between were skipped
  }
  size_t block = block_index_ + 1;
  if (block >= index_->block_count()) return;
  key_left_.assign(user_key_);
  block = index_->find_block({key_left_, 0, 0}, block);
  if (block >= index_->block_count()) return;
  if (!may_show(block)) return enter_blocks_from(block + 1);
  if (!enter_block(block, true)) return;
  if (!reader_.to_first() || (reader_.user_key() == key_left_ && !reader_.next_group())) {
    return fail_decoding();
  }
  show_from_here();
}

VersionIterator::Run SstableIterator::read_run(std::string_view below, RunSink& sink) {
  Run run;
  is_in_run_ = true;
  for (; valid_ && !is_left_out_ && compare_keys(user_key_, below) < 0; ++run.count) {
    run.is_ended = !sink.take(user_key_, value_);
    if (run.is_ended) break;
    const bool is_short = is_exact_ || limits_->min_commit > 0 || block_->size_bytes() >= kLargeBlockBytes;
    if (!is_short && !read_run_in_block(below, sink, &run)) {
      ++run.count;
      break;
    }
    next_key();
  }
  is_in_run_ = false;
  return run;
}

// Moves to the first version within the limits of the next key that has one in this block.
bool SstableIterator::next_shown_in_block() {
  while (next_group()) {
    do {
      if (limits_->shows(reader_.commit(), reader_.recency())) return true;
    } while (reader_.next_version());
  }
  return false;
}

// Reads on in the block without the steps that lead from block to block. Returns false where the run is at
// its end; else the iterator stands on the last version that was taken.
bool SstableIterator::read_run_in_block(std::string_view below, RunSink& sink, Run* run) {
  while (next_shown_in_block()) {
    reader_.prefetch_next_group();
    const std::string_view user_key = reader_.user_key();
    const bool is_below = compare_keys(user_key, below) < 0;
    if (!is_below || !sink.take(user_key, reader_.value())) {
      run->is_ended = is_below;
      expose();
      return false;
    }
    ++run->count;
  }
  expose();
  return true;
}

void SstableIterator::read_page(VersionPage& page, uint64_t /*max_commit*/) {
  while (valid_ && page.takes(user_key_)) {
    page.add(user_key_, value_, commit_, ordinal_);
    next_key();
  }
}

void SstableIterator::read_page_before_last_block(VersionPage& page) {
  while (valid_ && page.takes(user_key_) && !block_has_last_key_) {
    page.add(user_key_, value_, commit_, ordinal_);
    next_key();
  }
}

void SstableIterator::seek_before(std::string_view user_key) {
  if (!load_table()) return;
  is_exact_ = false;
  key_left_.assign(user_key);
  std::string key;
  for (;;) {
    // Finds the last key before key_left_: in the block where key_left_ would begin, or at the end of the
    // block before.
    size_t block = index_->find_block({key_left_, UINT64_MAX, UINT32_MAX});
    bool found = false;
    if (block < index_->block_count()) {
      if (!enter_block(block, true)) return;
      found = reader_.seek_before(key_left_);
      if (reader_.is_damaged()) {
        return fail_decoding();
      }
    }
    if (found) {
      key.assign(reader_.user_key());
    } else {
      if (block == 0) return stop();
      key.assign(index_->last_key(block - 1));
    }
    if (key >= key_left_) return fail(corruption(table_->path(), 0, "its keys are out of order"));
    if (table_->is_cut() && key < table_->meta().first_key) return stop();
    seek(key);
    if (!status_.is_ok() || (valid_ && user_key_ == key)) return;
    key_left_.swap(key);
  }
}

}  // namespace spectradb::lsm

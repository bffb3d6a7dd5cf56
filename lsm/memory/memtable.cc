#include "lsm/memory/memtable.h"

namespace spectradb::lsm {
namespace {

constexpr int kStepsBeforeSeek = 8;  // next_key() walks this far before it seeks
// How many too new or too old versions are skipped before one is shown to the merge.
constexpr int kHiddenSteps = 32;

}  // namespace

void VersionListIterator::reset(const Memtable& memtable) {
  list_ = &memtable.list();
  dead_ = &memtable.dead();
  commit_of_all_ = memtable.commit();
  min_commit_ = memtable.min_commit();
  is_own_ = false;
  valid_ = false;
}

void VersionListIterator::reset(const WriteBatch::Rep& batch, uint64_t commit) {
  list_ = batch.list.get();
  dead_ = &batch.dead;
  commit_of_all_ = commit;
  min_commit_ = commit;
  is_own_ = true;
  valid_ = false;
}

void VersionListIterator::expose(const VersionList::Node* node) {
  node_ = node;
  valid_ = node != nullptr;
  if (!valid_) return;
  user_key_ = node->user_key();
  commit_ = commit_of_all_ != 0 ? commit_of_all_ : node->commit;
  ordinal_ = node->ordinal;
  value_ = node->value();
}

const VersionList::Node* VersionListIterator::inside(const VersionList::Node* node) const {
  if (!limits_->valid_at) return node;
  while (node != nullptr && !node->valid.may_overlap(*limits_->valid_at)) {
    node = node->behind_outside(*limits_->valid_at);
    if (is_exact_ && node != nullptr && node->user_key() != exact_key_) return nullptr;
  }
  return node;
}

void VersionListIterator::show(const VersionList::Node* node) {
  if (!is_own_ && min_commit_ > limits_->max_commit) return expose(nullptr);
  if (!is_own_ && commit_of_all_ != 0 && commit_of_all_ < limits_->min_commit) return expose(nullptr);
  node = inside(node);
  if (is_exact_) {
    while (node != nullptr && is_dead(*dead_, node->ordinal) && node->user_key() == exact_key_)
      node = inside(node->next());
    return expose(node != nullptr && node->user_key() == exact_key_ ? node : nullptr);
  }
  if (commit_of_all_ != 0) {
    while (node != nullptr && is_dead(*dead_, node->ordinal)) node = inside(node->next());
  } else {
    const auto is_hidden = [this](uint64_t commit) {
      return commit > limits_->max_commit || commit < limits_->min_commit;
    };
    for (int step = 0; step < kHiddenSteps && node != nullptr && is_hidden(node->commit); ++step) {
      node = inside(node->next());
    }
  }
  expose(node);
}

void VersionListIterator::seek(std::string_view user_key) {
  is_exact_ = false;
  const uint64_t commit = commit_of_all_ != 0 ? UINT64_MAX : limits_->max_commit;
  show(list_->at_or_after({user_key, commit, UINT32_MAX}));
}

void VersionListIterator::seek_exact(std::string_view user_key) {
  is_exact_ = true;
  exact_key_ = user_key;
  const uint64_t commit = commit_of_all_ != 0 ? UINT64_MAX : limits_->max_commit;
  show(list_->at_or_after({user_key, commit, UINT32_MAX}));
}

void VersionListIterator::seek_before(std::string_view user_key) {
  valid_ = false;
  if (!is_own_ && min_commit_ > limits_->max_commit) return;
  for (const VersionList::Node* last = list_->last_before(user_key); last != nullptr;
       last = list_->last_before(last->user_key())) {
    seek_exact(last->user_key());
    if (!valid_) continue;
    is_exact_ = false;
    return;
  }
}

void VersionListIterator::next() { show(node_->next()); }

void VersionListIterator::next_key() {
  const std::string_view left = user_key_;
  for (int step = 0; step < kStepsBeforeSeek; ++step) {
    next();
    if (!valid_ || user_key_ != left) return;
  }
  seek_after_key(left);
}

void VersionListIterator::seek_after(const VersionPosition& position) {
  VersionPosition in_list = position;
  if (commit_of_all_ != 0) {
    if (position.commit < commit_of_all_) return seek_after_key(position.user_key);
    in_list.commit = position.commit > commit_of_all_ ? UINT64_MAX : 0;
  }
  const VersionList::Node* node = list_->at_or_after(in_list);
  const bool is_same = node != nullptr && node->commit == in_list.commit &&
                       node->ordinal == in_list.ordinal && node->user_key() == in_list.user_key;
  show(is_same ? node->next() : node);
}

void VersionListIterator::seek_after_key(std::string_view user_key) {
  const VersionList::Node* node = list_->at_or_after({user_key, 0, 0});
  show(node != nullptr && node->user_key() == user_key ? node->next() : node);
}

}  // namespace spectradb::lsm

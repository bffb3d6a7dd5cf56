#include "lsm/memory/memtable.h"

#include "lsm/base/checksum.h"

namespace spectradb::lsm {
namespace {

// How many keys with only too new or too old versions are skipped before one is shown to the merge.
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

void VersionListIterator::expose(const KeyNode* key, const VersionNode* version) {
  key_ = key;
  version_ = version;
  valid_ = version != nullptr;
  if (!valid_) return;
  user_key_ = key->user_key();
  commit_ = commit_of_all_ != 0 ? commit_of_all_ : version->commit();
  ordinal_ = version->ordinal();
  value_ = version->value();
}

bool VersionListIterator::shows_nothing() const {
  return !is_own_ &&
         (min_commit_ > limits_->max_commit || (commit_of_all_ != 0 && commit_of_all_ < limits_->min_commit));
}

const VersionNode* VersionListIterator::shown_from(const VersionNode* version) const {
  if (commit_of_all_ == 0 && version != nullptr)
    version = version->not_newer_than(limits_->max_commit, UINT32_MAX);
  while (version != nullptr) {
    if (limits_->valid_at && !version->may_overlap(*limits_->valid_at)) {
      version = version->behind_outside(*limits_->valid_at);
    } else if (is_dead(*dead_, version->ordinal())) {
      version = version->older();
    } else {
      break;
    }
  }
  if (version != nullptr && commit_of_all_ == 0 && version->commit() < limits_->min_commit) return nullptr;
  return version;
}

void VersionListIterator::show(const KeyNode* key, const VersionNode* version) {
  if (shows_nothing()) return expose(nullptr, nullptr);
  for (int step = 0; key != nullptr; ++step) {
    const VersionNode* shown = shown_from(version);
    if (shown != nullptr || is_exact_) return expose(key, shown);
    key = key->next();
    version = key == nullptr ? nullptr : key->newest_version();
    if (commit_of_all_ == 0 && step == kHiddenSteps) break;
  }
  expose(key, version);
}

void VersionListIterator::show_exactly(const KeyNode* key) {
  is_exact_ = true;
  show_key(key);
}

void VersionListIterator::seek(std::string_view user_key) {
  is_exact_ = false;
  if (shows_nothing()) return expose(nullptr, nullptr);
  show_key(list_->keys().at_or_after(user_key));
}

void VersionListIterator::seek_exact(std::string_view user_key) { seek_exact(user_key, hash_key(user_key)); }

void VersionListIterator::seek_exact(std::string_view user_key, uint64_t hash) {
  show_exactly(list_->find(user_key, hash));
}

void VersionListIterator::seek_before(std::string_view user_key) {
  valid_ = false;
  if (shows_nothing()) return;
  for (const KeyNode* last = list_->keys().last_before(user_key); last != nullptr;
       last = list_->keys().last_before(last->user_key())) {
    show_exactly(last);
    if (!valid_) continue;
    is_exact_ = false;
    return;
  }
}

void VersionListIterator::next() { show(key_, version_->older()); }

void VersionListIterator::next_key() {
  if (is_exact_) return expose(nullptr, nullptr);
  show_key(key_->next());
}

void VersionListIterator::seek_after(const VersionPosition& position) {
  VersionPosition in_list = position;
  if (commit_of_all_ != 0) {
    if (position.commit < commit_of_all_) return seek_after_key(position.user_key);
    in_list.commit = position.commit > commit_of_all_ ? UINT64_MAX : 0;
  }
  const KeyNode* const key = is_exact_ ? list_->find(position.user_key, hash_key(position.user_key))
                                       : list_->keys().at_or_after(position.user_key);
  if (key == nullptr || key->user_key() != position.user_key) return show_key(key);
  const VersionNode* version = key->newest_version()->not_newer_than(in_list.commit, in_list.ordinal);
  const bool is_same =
      version != nullptr && version->commit() == in_list.commit && version->ordinal() == in_list.ordinal;
  show(key, is_same ? version->older() : version);
}

void VersionListIterator::seek_after_key(std::string_view user_key) {
  if (is_exact_) return expose(nullptr, nullptr);
  const KeyNode* const key = list_->keys().at_or_after(user_key);
  show_key(key != nullptr && key->user_key() == user_key ? key->next() : key);
}

}  // namespace spectradb::lsm

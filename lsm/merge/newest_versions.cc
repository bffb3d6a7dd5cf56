#include "lsm/merge/newest_versions.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/base/key_order.h"

namespace spectradb::lsm {

namespace {

constexpr size_t kFirstPageVersions = 4;

}  // namespace

void NewestVersions::begin(const std::vector<VersionIterator*>& sources, uint64_t max_commit,
                           std::string_view below) {
  least_ = runner_up_ = nullptr;
  status_ = Status::ok();
  max_commit_ = max_commit;
  below_.assign(below);
  part_count_ = 0;
  if (parts_.size() < sources.size()) parts_.resize(sources.size());
  for (VersionIterator* const source : sources) {
    Part& part = parts_[part_count_++];
    part.source = source;
    part.versions_max = kFirstPageVersions;
    fill(part);
  }
  if (status_.is_ok()) select();
}

void NewestVersions::fill(Part& part) {
  part.at = 0;
  part.page.clear(part.versions_max, below_);
  part.versions_max = std::min(2 * part.versions_max, VersionPage::kMostVersions);
  part.source->read_page(part.page, max_commit_);
  // What was read before a failure is shown, and then the failure.
  if (part.page.count() == 0 && status_.is_ok()) status_ = part.source->status();
}

void NewestVersions::step(Part& part) {
  SPECTRADB_ASSERT(part.has_version());
  if (++part.at == part.page.count()) fill(part);
}

// Finds the parts with the least keys. Of one key the part with its newest version is the present one.
void NewestVersions::select() {
  least_ = runner_up_ = nullptr;
  is_shared_ = false;
  for (size_t i = 0; i < part_count_; ++i) {
    Part& part = parts_[i];
    if (!part.has_version()) continue;
    const int order = least_ == nullptr ? -1 : compare_keys(part.user_key(), least_->user_key());
    if (order < 0) {
      runner_up_ = least_;
      least_ = &part;
      is_shared_ = false;
    } else if (order == 0) {
      is_shared_ = true;
      const auto age = [](const Part& one) {
        return std::pair(one.page.commit(one.at), one.page.ordinal(one.at));
      };
      if (age(part) > age(*least_)) std::swap(least_, runner_up_ = &part);
    } else if (runner_up_ == nullptr || compare_keys(part.user_key(), runner_up_->user_key()) < 0) {
      runner_up_ = &part;
    }
  }
}

void NewestVersions::next() {
  SPECTRADB_ASSERT(valid());
  if (is_shared_) {
    for (size_t i = 0; i < part_count_; ++i) {
      Part& part = parts_[i];
      if (&part != least_ && part.has_version() && are_equal_keys(part.user_key(), least_->user_key()))
        step(part);
    }
  }
  step(*least_);
  if (!status_.is_ok()) {
    least_ = nullptr;
    return;
  }
  const bool stays = !is_shared_ && least_->has_version() &&
                     (runner_up_ == nullptr || compare_keys(least_->user_key(), runner_up_->user_key()) < 0);
  if (!stays) select();
}

}  // namespace spectradb::lsm

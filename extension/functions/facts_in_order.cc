#include "extension/functions/facts_in_order.h"

#include <algorithm>

#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr uint64_t kFirstWindowBytes = 1u << 20;
constexpr uint64_t kWindowGrowth = 8;
constexpr size_t kLargeValueBytes = 1u << 20;
constexpr uint64_t kMaxWindowBytes = 64u << 20;

}  // namespace

void FactsInOrder::open(const FactReader& reader, std::vector<uint32_t> table_ids, uint64_t min_commit,
                        uint64_t max_commit) {
  reader_ = &reader;
  table_ids_ = std::move(table_ids);
  min_commit_ = std::max<uint64_t>(min_commit, 1);
  max_commit_ = std::min(max_commit, reader.last_commit());
  facts_.clear();
  again_.reset();
  place_ = 0;
  at_end_ = true;
  is_begun_ = false;
  is_bounded_ = true;  // so that the first window is collected
  done_ = {min_commit_, 0};
  window_bytes_ = kFirstWindowBytes;
}

Result<std::string_view> FactsInOrder::value() {
  const Fact& fact = facts_[place_];
  if (!fact.is_left_out) return std::string_view(bytes_).substr(fact.offset + fact.key_size, fact.value_size);
  if (again_ == nullptr) again_ = reader_->versions(0, UINT64_MAX);
  if (!again_->find_version(user_key(), commit(), ordinal())) {
    SPECTRADB_RETURN_IF_ERROR(again_->status());
    return Status::corrupt("a version that was there is not found again");
  }
  return again_->value();
}

Status FactsInOrder::next() {
  if (is_begun_ && ++place_ < facts_.size()) return Status::ok();
  at_end_ = true;
  if (!is_bounded_ || min_commit_ > max_commit_) return Status::ok();
  if (is_begun_) {
    done_ = bound_;
    ++done_.second;
    window_bytes_ = std::min(window_bytes_ * kWindowGrowth, kMaxWindowBytes);
  }
  is_begun_ = true;
  SPECTRADB_RETURN_IF_ERROR(gather());
  at_end_ = facts_.empty();
  return Status::ok();
}

// Collects the facts from done_ on, as many as the window holds.
Status FactsInOrder::gather() {
  facts_.clear();
  bytes_.clear();
  place_ = 0;
  is_bounded_ = false;
  const auto versions = reader_->versions(done_.first, max_commit_);
  for (uint32_t table = 0; table < table_ids_.size(); ++table)
    SPECTRADB_RETURN_IF_ERROR(gather_table(table, *versions));
  std::sort(facts_.begin(), facts_.end(),
            [](const Fact& a, const Fact& b) { return a.position < b.position; });
  return Status::ok();
}

Status FactsInOrder::gather_table(uint32_t table, lsm::VersionCursor& versions) {
  std::string lower;
  temporal::append_table_id(lower, table_ids_[table]);
  const std::string upper = temporal::after_prefix(lower);
  if (is_bounded_) versions.set_max_commit(std::min(max_commit_, bound_.first));
  versions.seek(lower);
  while (versions.valid() && versions.user_key() < upper) {
    SPECTRADB_RETURN_IF_ERROR(reader_->check_interrupted());
    const Position position{versions.commit(), versions.ordinal()};
    const bool is_wanted = position >= done_ && position.first <= max_commit_ &&
                           (!is_bounded_ || position <= bound_) &&
                           !reader_->is_later(position.first, position.second);
    if (!is_wanted) {
      versions.next();
      continue;
    }
    const std::string_view key = versions.user_key();
    const std::string_view value = versions.value();
    const bool is_left_out = value.size() >= kLargeValueBytes;
    facts_.push_back({position, table, static_cast<uint32_t>(key.size()), bytes_.size(),
                      is_left_out ? 0 : value.size(), is_left_out});
    bytes_.append(key);
    if (!is_left_out) bytes_.append(value);
    if (bytes_.size() + facts_.size() * sizeof(Fact) <= window_bytes_ || facts_.size() == 1) {
      versions.next();
      continue;
    }
    // From here on the store need not show later commits; the versions of this key are read again.
    keep_earlier_half();
    const std::string again(key);
    std::erase_if(facts_, [&](const Fact& fact) {
      return std::string_view(bytes_).substr(fact.offset, fact.key_size) == again;
    });
    versions.set_max_commit(std::min(max_commit_, bound_.first));
    versions.seek(again);
  }
  return versions.status();
}

void FactsInOrder::keep_earlier_half() {
  const auto middle = facts_.begin() + static_cast<ptrdiff_t>((facts_.size() - 1) / 2);
  std::nth_element(facts_.begin(), middle, facts_.end(),
                   [](const Fact& a, const Fact& b) { return a.position < b.position; });
  bound_ = middle->position;
  is_bounded_ = true;
  facts_.erase(middle + 1, facts_.end());
  std::string kept;
  for (Fact& fact : facts_) {
    const size_t offset = kept.size();
    kept.append(bytes_, fact.offset, fact.key_size + fact.value_size);
    fact.offset = offset;
  }
  bytes_ = std::move(kept);
}

}  // namespace spectradb::extension

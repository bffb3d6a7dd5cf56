#include "lsm/table/known_dictionaries.h"

#include <algorithm>

namespace spectradb::lsm {
namespace {

constexpr size_t kMostKnown = 32;

size_t common_prefix(std::string_view one, std::string_view other) {
  const size_t most = std::min(one.size(), other.size());
  return static_cast<size_t>(std::mismatch(one.begin(), one.begin() + most, other.begin()).first -
                             one.begin());
}

}  // namespace

std::shared_ptr<const KnownDictionary> KnownDictionaries::nearest(uint32_t block_bytes, int compression_level,
                                                                  std::string_view key) const {
  std::shared_ptr<const KnownDictionary> found;
  size_t found_common = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& one : known_) {
    if (one->block_bytes != block_bytes || one->compression_level != compression_level) continue;
    const size_t common = common_prefix(one->key, key);
    if (found != nullptr && common < found_common) continue;  // among equals, takes the newest
    found = one;
    found_common = common;
  }
  return found;
}

void KnownDictionaries::add(KnownDictionary known) {
  auto added = std::make_shared<const KnownDictionary>(std::move(known));
  const std::lock_guard lock(mutex_);
  if (known_.size() == kMostKnown) known_.erase(known_.begin());
  known_.push_back(std::move(added));
}

void KnownDictionaries::clear() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace spectradb::lsm

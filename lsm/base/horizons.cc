#include "lsm/base/horizons.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace spectradb::lsm {

Horizons::Horizons(std::vector<Horizon> horizons) : horizons_(std::move(horizons)) {
  std::sort(horizons_.begin(), horizons_.end(),
            [](const Horizon& a, const Horizon& b) { return a.keys.from < b.keys.from; });
  for (size_t i = 0; i < horizons_.size(); ++i) {
    SPECTRADB_ASSERT(horizons_[i].keys.from < horizons_[i].keys.to);
    SPECTRADB_ASSERT(i == 0 || horizons_[i - 1].keys.to <= horizons_[i].keys.from);
    std::sort(horizons_[i].kept.begin(), horizons_[i].kept.end());
  }
}

Horizons::Horizons(std::vector<Horizon> horizons, std::vector<VersionId> versions)
    : Horizons(std::move(horizons)) {
  is_exact_ = true;
  versions_ = std::move(versions);
  std::sort(versions_.begin(), versions_.end());
}

bool Horizons::leave_out(const KeyHorizon& of_key, const VersionId& version, uint64_t recency,
                         int64_t valid_to) const {
  return is_exact_ ? std::binary_search(versions_.begin(), versions_.end(), version)
                   : of_key.is_behind(recency, valid_to);
}

bool Horizons::may_take_current() const {
  return is_exact_ || std::any_of(horizons_.begin(), horizons_.end(),
                                  [](const Horizon& one) { return one.ended_by != kNoneHasEnded; });
}

std::vector<Horizon>::const_iterator Horizons::first_ending_behind(std::string_view key) const {
  return std::partition_point(horizons_.begin(), horizons_.end(),
                              [&](const Horizon& horizon) { return horizon.keys.to <= key; });
}

KeyHorizon Horizons::of(std::string_view key) const {
  const auto horizon = first_ending_behind(key);
  if (horizon == horizons_.end() || horizon->keys.from > key) return {};
  const bool is_kept = std::binary_search(horizon->kept.begin(), horizon->kept.end(), key);
  return is_kept ? KeyHorizon() : KeyHorizon{horizon->commit, horizon->ended_by};
}

bool Horizons::may_reach(std::string_view first, std::string_view last, uint64_t min_recency,
                         int64_t min_valid_to) const {
  for (auto horizon = first_ending_behind(first); horizon != horizons_.end() && horizon->keys.from <= last;
       ++horizon) {
    if (is_exact_ || KeyHorizon{horizon->commit, horizon->ended_by}.is_behind(min_recency, min_valid_to))
      return true;
  }
  return false;
}

}  // namespace spectradb::lsm

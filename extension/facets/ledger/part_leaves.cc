#include "extension/facets/ledger/part_leaves.h"

#include <algorithm>

#include "extension/facets/ledger/record.h"

namespace spectradb::extension::ledger {

namespace {

bool is_placed_before(const KeptHash& kept, uint64_t place) { return kept.place < place; }

}  // namespace

PartLeaves::PartLeaves(uint64_t commit, uint64_t first, uint64_t count, Salts& salts,
                       const std::vector<KeptHash>& kept)
    : commit_(commit),
      first_(first),
      place_(first),
      end_(count > UINT64_MAX - first ? UINT64_MAX : first + count),
      salts_(salts),
      kept_(std::lower_bound(kept.begin(), kept.end(), first, is_placed_before)),
      kept_end_(std::lower_bound(kept_, kept.end(), end_, is_placed_before)) {}

// A subtree that is none of this part's is passed over: then leaves are missing.
bool PartLeaves::is_next_kept() const {
  return kept_ != kept_end_ && kept_->place == place_ && kept_->count() <= end_ - place_ &&
         (place_ - first_) % kept_->count() == 0;
}

void PartLeaves::pass(const Passed& passed) {
  keeps_salts_ = keeps_salts_ || salts_.at(place_) != nullptr;
  passed(*kept_);
  place_ += kept_->count();
  ++kept_;
}

// As long as the salt of a fact is there, the fact may be, too, though its hash is kept: an erasure or a retirement that was
// interrupted.
uint64_t PartLeaves::place_of(uint32_t ordinal, std::string_view key, std::string_view value,
                              const Passed& passed) {
  while (is_next_kept()) {
    const Salt* const salt = kept_->level == 0 ? salts_.at(place_) : nullptr;
    if (salt != nullptr && leaf_of_fact(*salt, commit_, ordinal, key, value) == kept_->hash) {
      ++kept_;
      break;
    }
    pass(passed);
  }
  return place_ < end_ ? place_++ : end_;
}

void PartLeaves::finish(const Passed& passed) {
  while (is_next_kept()) pass(passed);
}

}  // namespace spectradb::extension::ledger

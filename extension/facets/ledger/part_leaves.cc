#include "extension/facets/ledger/part_leaves.h"

#include <algorithm>

#include "extension/facets/ledger/record.h"

namespace spectradb::extension::ledger {

namespace {

bool is_placed_before(const ErasedLeaf& leaf, uint64_t place) { return leaf.place < place; }

}  // namespace

PartLeaves::PartLeaves(uint64_t commit, uint64_t first, uint64_t count, Salts& salts,
                       const std::vector<ErasedLeaf>& erased)
    : commit_(commit),
      place_(first),
      end_(count > UINT64_MAX - first ? UINT64_MAX : first + count),
      salts_(salts),
      erased_(std::lower_bound(erased.begin(), erased.end(), first, is_placed_before)),
      erased_end_(std::lower_bound(erased_, erased.end(), end_, is_placed_before)) {}

// As long as the salt of an erased fact is there, the fact may be, too: an erasure that was interrupted.
uint64_t PartLeaves::place_of(uint32_t ordinal, std::string_view key, std::string_view value,
                              const Passed& passed) {
  for (; erased_ != erased_end_ && erased_->place == place_; ++erased_, ++place_) {
    const Salt* const salt = salts_.at(place_);
    if (salt != nullptr && leaf_of_fact(*salt, commit_, ordinal, key, value) == erased_->leaf) {
      ++erased_;
      break;
    }
    keeps_salts_ = keeps_salts_ || salt != nullptr;
    passed(erased_->leaf);
  }
  return place_ < end_ ? place_++ : end_;
}

void PartLeaves::finish(const Passed& passed) {
  for (; erased_ != erased_end_ && erased_->place == place_; ++erased_, ++place_) {
    keeps_salts_ = keeps_salts_ || salts_.at(place_) != nullptr;
    passed(erased_->leaf);
  }
}

}  // namespace spectradb::extension::ledger

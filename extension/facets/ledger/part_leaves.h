// The leaves of one part of a commit, made of the facts that the store has of it and of the hashes that are kept of those
// that were erased. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "extension/facets/ledger/merkle.h"
#include "extension/facets/ledger/salts.h"

namespace spectradb::extension::ledger {

struct ErasedLeaf {
  uint64_t place = 0;  // among all facts of the commit
  Hash leaf{};
};

class PartLeaves {
 public:
  using Passed = std::function<void(const Hash& leaf)>;

  // The part has `count` facts from `first` on, among all facts of the commit. `salts` and `erased`, by place, are those
  // of the commit and outlive this.
  PartLeaves(uint64_t commit, uint64_t first, uint64_t count, Salts& salts,
             const std::vector<ErasedLeaf>& erased);

  // Returns the place of the next fact that the store has, which come in its order. Gives `passed` the leaves of erased
  // facts before it. Beyond the end of the part there are more facts than the commit had.
  uint64_t place_of(uint32_t ordinal, std::string_view key, std::string_view value, const Passed& passed);
  void finish(const Passed& passed);  // gives it those behind the last fact

  uint64_t end() const { return end_; }
  bool is_at_end() const { return place_ == end_; }
  // An erasure that is recorded, and whose facts are gone, has yet to forget their salts.
  bool keeps_salts() const { return keeps_salts_; }

 private:
  const uint64_t commit_;
  uint64_t place_;
  const uint64_t end_;
  Salts& salts_;
  std::vector<ErasedLeaf>::const_iterator erased_;
  const std::vector<ErasedLeaf>::const_iterator erased_end_;
  bool keeps_salts_ = false;
};

}  // namespace spectradb::extension::ledger

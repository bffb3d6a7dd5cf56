// The leaves of one part of a commit, made of the facts that the store has of it and of the hashes that are kept of those
// that were erased or retired. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "extension/facets/ledger/kept_hashes.h"
#include "extension/facets/ledger/merkle.h"
#include "extension/facets/ledger/salts.h"

namespace spectradb::extension::ledger {

class PartLeaves {
 public:
  using Passed = std::function<void(const KeptHash& kept)>;

  // The part has `count` facts from `first` on, among all facts of the commit. `salts` and `kept`, by place, are those
  // of the commit and outlive this.
  PartLeaves(uint64_t commit, uint64_t first, uint64_t count, Salts& salts,
             const std::vector<KeptHash>& kept);

  // Returns the place of the next fact that the store has, which come in its order. Gives `passed` the hashes that are
  // kept of facts before it. Beyond the end of the part there are more facts than the commit had.
  uint64_t place_of(uint32_t ordinal, std::string_view key, std::string_view value, const Passed& passed);
  void finish(const Passed& passed);  // gives it those behind the last fact

  uint64_t end() const { return end_; }
  bool is_at_end() const { return place_ == end_; }
  // The salts of facts that are gone have yet to be forgotten.
  bool keeps_salts() const { return keeps_salts_; }

 private:
  bool is_next_kept() const;
  void pass(const Passed& passed);

  const uint64_t commit_;
  const uint64_t first_;
  uint64_t place_;
  const uint64_t end_;
  Salts& salts_;
  std::vector<KeptHash>::const_iterator kept_;
  const std::vector<KeptHash>::const_iterator kept_end_;
  bool keeps_salts_ = false;
};

}  // namespace spectradb::extension::ledger

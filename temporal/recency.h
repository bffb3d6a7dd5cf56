// Computes the commit from which on a fact is superseded, which is when newer facts of its key cover its
// whole valid period. Facts of one key come newest first. Where all facts of a key hold for all time, each
// costs a comparison; else each costs O(log n) of the bounds that newer facts left on the valid axis. One
// thread at a time.
#pragma once

#include <vector>

#include "lsm/base/recency.h"
#include "temporal/coverage.h"

namespace spectradb::temporal {

class FactRecency final : public lsm::RecencyTracker {
 public:
  void begin_key() override;
  lsm::Standing add(uint64_t commit, std::string_view value) override;

 private:
  uint64_t cover(const Period& valid, uint64_t commit);

  // While is_even_, the whole axis is covered by the fact of covered_by_, or nothing is (zero).
  bool is_even_ = true;
  uint64_t covered_by_ = 0;
  CoveringFacts covering_;  // used when not is_even_
  std::vector<CoveredPiece> pieces_;
};

}  // namespace spectradb::temporal

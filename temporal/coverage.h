// Which part of valid time the newer facts of a key have covered already, while its facts are walked from the
// newest to the oldest. Both classes keep disjoint segments in a tree, so a fact costs O(log n) and what it
// newly covers. One thread at a time. Bounds keep the form (integer or text) of the newest fact that has a
// bound at that instant.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "temporal/instant.h"

namespace spectradb::temporal {

// Knows only whether time is covered: for reads at one system time.
class CoveredTime {
 public:
  void clear() { intervals_.clear(); }
  // Adds a period and appends to `uncovered`, in order, the parts of it that were not covered before.
  void add(const Period& period, std::vector<Period>& uncovered);
  bool covers(const Period& period) const;

 private:
  std::map<int64_t, Period> intervals_;  // by start; disjoint, and neighbours do not touch
};

// A part of a fact's period, with the commit of the first newer fact that covers it; 0 for none.
struct CoveredPiece {
  Period valid;
  uint64_t covered_by = 0;
};

// Knows which fact covers each part of time: for reads of all system time.
class CoveringFacts {
 public:
  void clear() { segments_.clear(); }
  // Appends the pieces of a fact's period to `pieces`, in order; then the fact covers the period for older
  // facts.
  void add(const Period& period, uint64_t commit, std::vector<CoveredPiece>& pieces);

 private:
  struct Segment {
    Period valid;
    uint64_t commit;
  };
  std::map<int64_t, Segment> segments_;  // by start; disjoint; one fact covers each
};

}  // namespace spectradb::temporal

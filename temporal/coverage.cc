#include "temporal/coverage.h"

#include <iterator>

#include "base/assert.h"

namespace spectradb::temporal {

void CoveredTime::add(const Period& period, std::vector<Period>& uncovered) {
  SPECTRADB_ASSERT(!period.is_empty());
  auto it = intervals_.upper_bound(period.from.us);
  if (it != intervals_.begin() && std::prev(it)->second.to.us >= period.from.us) --it;
  Period merged = period;
  Bound at = period.from;  // everything before it is done
  while (it != intervals_.end() && it->second.from.us <= period.to.us) {
    const Period& interval = it->second;
    if (at.us < interval.from.us) {
      uncovered.push_back({at, interval.from.us < period.to.us ? interval.from : period.to});
    }
    if (interval.to.us > at.us) at = interval.to;
    if (interval.from.us <= merged.from.us) merged.from = interval.from;
    if (interval.to.us >= merged.to.us) merged.to = interval.to;
    it = intervals_.erase(it);
  }
  if (at.us < period.to.us) uncovered.push_back({at, period.to});
  intervals_.emplace_hint(it, merged.from.us, merged);
}

bool CoveredTime::covers(const Period& period) const {
  auto it = intervals_.upper_bound(period.from.us);
  return it != intervals_.begin() && std::prev(it)->second.to.us >= period.to.us;
}

void CoveringFacts::add(const Period& period, uint64_t commit, std::vector<CoveredPiece>& pieces) {
  SPECTRADB_ASSERT(!period.is_empty() && commit != 0);
  auto it = segments_.upper_bound(period.from.us);
  if (it != segments_.begin() && std::prev(it)->second.valid.to.us > period.from.us) --it;
  Bound at = period.from;
  while (it != segments_.end() && it->second.valid.from.us < period.to.us) {
    const Segment segment = it->second;
    it = segments_.erase(it);
    if (at.us < segment.valid.from.us) {
      pieces.push_back({{at, segment.valid.from}, 0});
      at = segment.valid.from;
    }
    if (segment.valid.from.us < period.from.us) {
      segments_.emplace_hint(it, segment.valid.from.us,
                             Segment{{segment.valid.from, period.from}, segment.commit});
    }
    const Bound end = segment.valid.to.us < period.to.us ? segment.valid.to : period.to;
    pieces.push_back({{at, end}, segment.commit});
    at = end;
    if (segment.valid.to.us > period.to.us) {
      it = segments_.emplace_hint(it, period.to.us, Segment{{period.to, segment.valid.to}, segment.commit});
    }
  }
  if (at.us < period.to.us) pieces.push_back({{at, period.to}, 0});
  segments_.emplace_hint(it, period.from.us, Segment{period, commit});
}

}  // namespace spectradb::temporal

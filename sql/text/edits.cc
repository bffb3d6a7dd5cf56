#include "sql/text/edits.h"

#include "base/assert.h"

namespace spectradb::sql {

// At one place insertions come before replacements, longer replacements before shorter ones.
bool Edits::Place::operator<(const Place& other) const {
  if (begin != other.begin) return begin < other.begin;
  const bool inserts = begin == end;
  const bool other_inserts = other.begin == other.end;
  if (inserts != other_inserts) return inserts;
  if (end != other.end) return end > other.end;
  return ordinal < other.ordinal;
}

void Edits::replace(size_t begin, size_t end, std::string replacement) {
  SPECTRADB_ASSERT(begin <= end && end <= text_.size());
  edits_.emplace(Place{begin, end, edits_.size()}, std::move(replacement));
}

std::string Edits::render(size_t begin, size_t end) const {
  SPECTRADB_ASSERT(begin <= end && end <= text_.size());
  std::string out;
  size_t at = begin;
  for (auto edit = edits_.lower_bound(Place{begin, begin, 0}); edit != edits_.end(); ++edit) {
    const auto& [place, replacement] = *edit;
    if (place.begin > end) break;
    if (place.begin < at || place.end > end) {
      // An edit left over lies inside one that was rendered, or around this part; edits never cross.
      SPECTRADB_ASSERT(place.begin >= at || place.end <= at);
      continue;
    }
    out.append(text_.substr(at, place.begin - at));
    out.append(replacement);
    at = place.end;
  }
  out.append(text_.substr(at, end - at));
  return out;
}

}  // namespace spectradb::sql

// A fact's recency is the greatest commit among the oldest newer facts that cover its instants: the commit at
// which the last of its instants was covered for the first time.
#include "temporal/recency.h"

#include <algorithm>

#include "temporal/fact.h"

namespace spectradb::temporal {
namespace {

uint64_t recency_of(uint64_t covered_by) { return covered_by == 0 ? lsm::kNeverSuperseded : covered_by; }

}  // namespace

void FactRecency::begin_key() {
  is_even_ = true;
  covered_by_ = 0;
}

lsm::Standing FactRecency::add(uint64_t commit, std::string_view value) {
  lsm::Standing standing;
  const Result<Fact> fact = decode_fact(value);
  if (!fact) return standing;  // an unreadable fact stays where readers meet it and report it
  const Period& valid = fact->valid;
  const bool is_all_time = valid == Period{};
  standing.valid = {valid.from.us, valid.to.us};
  standing.clears_key = is_all_time && fact->operation == Operation::kDelete;
  standing.recency = is_all_time && is_even_ ? recency_of(covered_by_) : cover(valid, commit);
  if (is_all_time) {
    is_even_ = true;
    covered_by_ = commit;
  }
  return standing;
}

uint64_t FactRecency::cover(const Period& valid, uint64_t commit) {
  pieces_.clear();
  if (is_even_) {
    covering_.clear();
    if (covered_by_ != 0) covering_.add({}, covered_by_, pieces_);
    is_even_ = false;
    pieces_.clear();
  }
  covering_.add(valid, commit, pieces_);
  uint64_t recency = 0;
  for (const CoveredPiece& piece : pieces_) recency = std::max(recency, recency_of(piece.covered_by));
  return recency;
}

}  // namespace spectradb::temporal

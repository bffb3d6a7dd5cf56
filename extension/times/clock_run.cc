#include "extension/times/clock_run.h"

#include <algorithm>
#include <limits>

#include "extension/times/clock_readings.h"

namespace spectradb::extension {

namespace {

// 2020-01-01. A clock that reads an earlier time has lost its battery, unless all commits are that old.
constexpr int64_t kEarliestUs = 1'577'836'800'000'000;

int64_t a_day_behind(int64_t us) {
  return us > std::numeric_limits<int64_t>::max() - kJumpUs ? std::numeric_limits<int64_t>::max()
                                                            : us + kJumpUs;
}

}  // namespace

void ClockRun::add(uint64_t commit, int64_t clock_us) {
  if (stretches_.empty() || is_jump(clock_us, last_us_) || is_jump(last_us_, clock_us))
    stretches_.push_back({.first = commit, .start_us = clock_us, .latest_us = clock_us});
  Stretch& stretch = stretches_.back();
  stretch.last = commit;
  ++stretch.count;
  stretch.latest_us = std::max(stretch.latest_us, clock_us);
  last_us_ = clock_us;
}

// `ends` holds, by their ends, sequences with at least as many commits as all that end earlier. So of those
// that end at or before a time, the last one has the most. Of two with equally many, the one that ends later
// counts.
void ClockRun::decide(int64_t now_us) {
  const bool has_recent = std::any_of(stretches_.begin(), stretches_.end(), [&](const Stretch& stretch) {
    return stretch.start_us >= kEarliestUs && !is_jump(stretch.latest_us, now_us);
  });
  std::map<int64_t, size_t> ends;
  std::optional<size_t> best;
  for (size_t i = 0; i < stretches_.size(); ++i) {
    Stretch& stretch = stretches_[i];
    if (is_jump(stretch.latest_us, now_us) || (has_recent && stretch.start_us < kEarliestUs)) continue;
    auto after = ends.upper_bound(a_day_behind(stretch.start_us));
    if (after != ends.begin()) stretch.before = std::prev(after)->second;
    stretch.best = stretch.count + (stretch.before ? stretches_[*stretch.before].best : 0);
    if (!best || stretch.best >= stretches_[*best].best) best = i;
    auto at = ends.upper_bound(stretch.latest_us);
    if (at != ends.begin() && stretches_[std::prev(at)->second].best > stretch.best) continue;
    at = ends.insert_or_assign(stretch.latest_us, i).first;
    for (++at; at != ends.end() && stretches_[at->second].best < stretch.best;) at = ends.erase(at);
  }
  for (; best; best = stretches_[*best].before) stretches_[*best].is_believed = true;
}

bool ClockRun::is_believed(uint64_t commit) const {
  const auto after =
      std::upper_bound(stretches_.begin(), stretches_.end(), commit,
                       [](uint64_t number, const Stretch& stretch) { return number < stretch.first; });
  return after != stretches_.begin() && std::prev(after)->is_believed;
}

std::optional<ClockRun::First> ClockRun::first_believed() const {
  const auto first = std::find_if(stretches_.begin(), stretches_.end(),
                                  [](const Stretch& stretch) { return stretch.is_believed; });
  if (first == stretches_.end()) return std::nullopt;
  return First{first->first, first->start_us};
}

}  // namespace spectradb::extension

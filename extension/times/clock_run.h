// Which readings of the clock are to be believed. The commits are parted into stretches, in which the clock moved by
// no more than a day from one to the next. A clock that runs rightly never goes back, so of the stretches those are
// believed that make the longest sequence (in commits) in which it does not, and that does not lie in the future. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spectradb::extension {

class ClockRun {
 public:
  // In the order of the commits; a reading that is not known is left out.
  void add(uint64_t commit, int64_t clock_us);
  // Behind the last one.
  void decide(int64_t now_us);

  bool is_believed(uint64_t commit) const;
  // The first reading that is believed, and its commit; none: no reading is.
  struct First {
    uint64_t commit;
    int64_t clock_us;
  };
  std::optional<First> first_believed() const;

 private:
  struct Stretch {
    uint64_t first = 0;  // commits
    uint64_t last = 0;
    uint64_t count = 0;
    int64_t start_us = 0;
    int64_t latest_us = 0;
    uint64_t best = 0;  // commits of the longest sequence that ends here
    std::optional<size_t> before = std::nullopt;
    bool is_believed = false;
  };
  int64_t last_us_ = 0;
  std::vector<Stretch> stretches_;
};

}  // namespace spectradb::extension

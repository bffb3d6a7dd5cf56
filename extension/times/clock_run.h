// Decides which readings of the clock to believe. Commits are divided into stretches, in which the clock
// moved by no more than a day from one commit to the next. A right clock never goes back. So it believes
// those stretches that form the longest sequence (in commits) that never goes back, and does not lie in the
// future. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace spectradb::extension {

class ClockRun {
 public:
  // Call it in the order of the commits; leave out unknown readings.
  void add(uint64_t commit, int64_t clock_us);
  // Call it after the last add().
  void decide(int64_t now_us);

  bool is_believed(uint64_t commit) const;
  // The first believed reading, and its commit; nothing: no reading is believed.
  struct First {
    uint64_t commit;
    int64_t clock_us;
  };
  std::optional<First> first_believed() const;

 private:
  struct Stretch {
    uint64_t first = 0;  // number of commits
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

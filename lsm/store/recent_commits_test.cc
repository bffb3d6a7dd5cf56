#include "lsm/store/recent_commits.h"

#include <doctest/doctest.h>

namespace spectradb::lsm {
namespace {

TEST_CASE("the tokens of the last commits are known, those of older and of later ones are not") {
  constexpr uint64_t kLast = 2000;
  RecentCommits recent;
  CHECK(recent.last().commit == 0);
  CHECK(recent.frame_of(0) == 0);
  CHECK_FALSE(recent.frame_of(1));
  for (uint64_t commit = 1; commit <= kLast; ++commit) recent.add({commit, commit * 7});
  CHECK(recent.last().commit == kLast);
  CHECK(recent.last().frame == kLast * 7);
  CHECK(recent.frame_of(kLast - 100) == (kLast - 100) * 7);
  CHECK_FALSE(recent.frame_of(1));
  CHECK_FALSE(recent.frame_of(kLast + 1));
  recent.begin_at({5, 1});
  CHECK(recent.last().commit == 5);
  CHECK(recent.frame_of(5) == 1);
  CHECK_FALSE(recent.frame_of(4));
  CHECK_FALSE(recent.frame_of(kLast));
}

}  // namespace
}  // namespace spectradb::lsm

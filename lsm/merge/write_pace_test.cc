#include "lsm/merge/write_pace.h"

#include <doctest/doctest.h>

using namespace spectradb::lsm;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kLevel0Files = 4;

// Returns how long many small commits sleep in all.
WritePace::Duration slept_for(WritePace& pace, const Backlog& backlog, uint64_t commits, uint64_t bytes) {
  const WritePace::Duration before = pace.slept();
  for (uint64_t commit = 0; commit < commits; ++commit) {
    const WritePace::Duration pause = pace.pause(bytes, backlog, kLevel0Files);
    if (pause.count() > 0) pace.slept(pause);
  }
  return pace.slept() - before;
}

}  // namespace

TEST_CASE("commits are not slowed while background work keeps up, nor before it is known what it takes") {
  WritePace pace;
  CHECK(slept_for(pace, {3, 100}, 1000, 10'000) == 0ns);
  pace.worked(1'000'000, 100ms);
  CHECK(slept_for(pace, {0, 0}, 1000, 10'000) == 0ns);
  CHECK(slept_for(pace, {2, 4 * kLevel0Files}, 1000, 10'000) == 0ns);
}

TEST_CASE(
    "with three memtables waiting, commits take the time that their bytes will take in the background") {
  WritePace pace;
  pace.worked(0, 60ms);  // a merge
  pace.worked(1'000'000, 40ms);
  const auto slept = slept_for(pace, {3, 0}, 10'000, 100);  // as many bytes
  CHECK(slept > 99ms);
  CHECK(slept <= 100ms);
}

TEST_CASE("the more waits, the longer commits do, in small steps") {
  WritePace pace;
  pace.worked(1'000'000, 100ms);
  auto last = WritePace::Duration(0);
  for (const Backlog& backlog :
       {Backlog{2, 20}, Backlog{3, 0}, Backlog{3, 24}, Backlog{3, 40}, Backlog{3, 80}}) {
    const auto slept = slept_for(pace, backlog, 10'000, 100);
    CHECK(slept > last);
    last = slept;
  }
  const auto one = pace.pause(100'000, {3, 0}, kLevel0Files);
  CHECK(one >= 9ms);
  CHECK(one <= 11ms);
  pace.slept(one);
  CHECK(pace.pause(1u << 30, {3, 40}, kLevel0Files) <= 50ms);
}

TEST_CASE("the pace follows what background work takes now") {
  WritePace pace;
  for (int i = 0; i < 30; ++i) pace.worked(1'000'000, 100ms);
  const auto slow = slept_for(pace, {3, 0}, 10'000, 100);
  for (int i = 0; i < 30; ++i) pace.worked(1'000'000, 10ms);
  const auto fast = slept_for(pace, {3, 0}, 10'000, 100);
  CHECK(slow > 9 * fast);
}

TEST_CASE("who slept too long owes less") {
  WritePace pace;
  pace.worked(1'000'000, 100ms);
  CHECK(pace.pause(10'000, {3, 0}, kLevel0Files) == 1ms);
  pace.slept(3ms);
  CHECK(pace.pause(10'000, {3, 0}, kLevel0Files) == 0ms);
  CHECK(pace.pause(20'000, {3, 0}, kLevel0Files) == 1ms);
}

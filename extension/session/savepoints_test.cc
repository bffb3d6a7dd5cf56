#include "extension/session/savepoints.h"

#include <doctest/doctest.h>

using namespace spectradb::extension;

namespace {

Savepoint at(uint32_t mark) { return {mark, 0, nullptr}; }

std::optional<uint32_t> mark_of(const std::optional<Savepoint>& savepoint) {
  return savepoint ? std::optional(savepoint->mark) : std::nullopt;
}

}  // namespace

TEST_CASE("a savepoint stands where the first table to hear of it said") {
  Savepoints savepoints;
  savepoints.open(0, at(3));
  savepoints.open(0, at(5));
  CHECK(mark_of(savepoints.roll_back_to(0)) == 3u);
}

TEST_CASE("a table that joins late tells of the outer savepoints as well") {
  Savepoints savepoints;
  savepoints.open(2, at(4));
  CHECK(mark_of(savepoints.roll_back_to(1)) == 4u);
  CHECK_FALSE(savepoints.roll_back_to(2));  // it ended with the one around it
  CHECK(mark_of(savepoints.roll_back_to(0)) == 4u);
}

TEST_CASE("going back to a savepoint keeps it open, and those around it") {
  Savepoints savepoints;
  savepoints.open(0, at(1));
  savepoints.open(1, at(2));
  savepoints.open(2, at(3));
  CHECK(mark_of(savepoints.roll_back_to(1)) == 2u);
  CHECK(mark_of(savepoints.roll_back_to(1)) == 2u);
  savepoints.open(2, at(2));
  CHECK(mark_of(savepoints.roll_back_to(2)) == 2u);
  CHECK(mark_of(savepoints.roll_back_to(0)) == 1u);
}

TEST_CASE("what is released is forgotten, with all that is inside it") {
  Savepoints savepoints;
  savepoints.open(0, at(1));
  savepoints.open(1, at(2));
  savepoints.open(2, at(3));
  savepoints.release(1);
  CHECK_FALSE(savepoints.roll_back_to(1));
  CHECK(mark_of(savepoints.roll_back_to(0)) == 1u);
}

TEST_CASE("the whole transaction begins before the first write") {
  Savepoints savepoints;
  savepoints.open(1, at(7));
  CHECK_FALSE(savepoints.stand_before_all_writes());
  CHECK(mark_of(savepoints.roll_back_to(-1)) == 0u);
  CHECK_FALSE(savepoints.roll_back_to(0));
  CHECK(savepoints.stand_before_all_writes());
}

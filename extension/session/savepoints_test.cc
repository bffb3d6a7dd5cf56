#include "extension/session/savepoints.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace spectradb::extension;

namespace {

using Marks = Savepoints<uint32_t>;

}  // namespace

TEST_CASE("a savepoint stands where the first table to hear of it said") {
  Marks savepoints;
  savepoints.open(0, 3);
  savepoints.open(0, 5);
  CHECK(savepoints.roll_back_to(0) == 3u);
}

TEST_CASE("a table that joins late tells of the outer savepoints as well") {
  Marks savepoints;
  savepoints.open(2, 4);
  CHECK(savepoints.roll_back_to(1) == 4u);
  CHECK_FALSE(savepoints.roll_back_to(2));  // it ended with the one around it
  CHECK(savepoints.roll_back_to(0) == 4u);
}

TEST_CASE("going back to a savepoint keeps it open, and those around it") {
  Marks savepoints;
  savepoints.open(0, 1);
  savepoints.open(1, 2);
  savepoints.open(2, 3);
  CHECK(savepoints.roll_back_to(1) == 2u);
  CHECK(savepoints.roll_back_to(1) == 2u);
  savepoints.open(2, 2);
  CHECK(savepoints.roll_back_to(2) == 2u);
  CHECK(savepoints.roll_back_to(0) == 1u);
}

TEST_CASE("what is released is forgotten, with all that is inside it") {
  Marks savepoints;
  savepoints.open(0, 1);
  savepoints.open(1, 2);
  savepoints.open(2, 3);
  savepoints.release(1);
  CHECK_FALSE(savepoints.roll_back_to(1));
  CHECK(savepoints.roll_back_to(0) == 1u);
}

TEST_CASE("the whole transaction begins before the first write") {
  Marks savepoints;
  savepoints.open(1, 7);
  CHECK_FALSE(savepoints.stand_before_all_writes());
  CHECK(savepoints.roll_back_to(-1) == 0u);
  CHECK_FALSE(savepoints.roll_back_to(0));
  CHECK(savepoints.stand_before_all_writes());
}

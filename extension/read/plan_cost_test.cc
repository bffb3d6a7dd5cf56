#include "extension/read/plan_cost.h"

#include <doctest/doctest.h>

using namespace spectradb;
using namespace spectradb::extension;

namespace {

ReadShape of_rows(uint64_t current, uint64_t superseded = 0) {
  ReadShape shape;
  shape.table.current = current;
  shape.table.superseded = superseded;
  return shape;
}

}  // namespace

TEST_CASE("a whole key costs the same whatever the table holds") {
  ReadShape small = of_rows(100);
  small.is_whole_key = true;
  ReadShape large = of_rows(1'000'000, 20'000'000);
  large.is_whole_key = true;
  CHECK(cost_of(small).cost == cost_of(large).cost);
  CHECK(cost_of(small).rows == 1);
  small.has_one_row_a_key = false;
  CHECK(cost_of(small).rows == 2);
}

TEST_CASE("a scan of the past reads what was superseded too, and gives as many rows as the present") {
  ReadShape shape = of_rows(1000, 9000);
  const PlanCost present = cost_of(shape);
  shape.reads_past = true;
  const PlanCost past = cost_of(shape);
  CHECK(present.versions == 1000);
  CHECK(past.versions == 10'000);
  CHECK(past.rows == present.rows);
  CHECK(past.cost > present.cost);
}

TEST_CASE("each condition leaves fewer rows than without it") {
  ReadShape shape = of_rows(100'000);
  double rows = cost_of(shape).rows;
  const auto check_fewer = [&] {
    CHECK(cost_of(shape).rows < rows);
    rows = cost_of(shape).rows;
  };
  shape.is_not_null = true;
  check_fewer();
  shape.bounds = 1;
  check_fewer();
  shape.filters = 1;
  check_fewer();
  shape.equalities = 1;
  check_fewer();
}

TEST_CASE("what literals tell counts more than a guess") {
  ReadShape shape = of_rows(100'000);
  shape.by_index = true;
  shape.equalities = 1;
  shape.known = lsm::RangeSize{};
  shape.known->current = 40'000;
  CHECK(cost_of(shape).rows == 40'000);
  CHECK(cost_of(shape).cost > cost_of(of_rows(100'000)).cost);  // than all rows in key order
}

TEST_CASE("what is known of values counts more than a guess, and what literals tell more than that") {
  ReadShape few = of_rows(100'000);
  few.by_index = true;
  few.equalities = 1;
  ReadShape many = few;
  few.rows_of_value = 5;
  many.rows_of_value = 357;
  CHECK(cost_of(few).rows == doctest::Approx(5));
  CHECK(cost_of(many).rows == doctest::Approx(357));
  CHECK(cost_of(few).cost < cost_of(many).cost);
  few.lists = 1;
  CHECK(cost_of(few).rows == doctest::Approx(50));  // of each value
  few.bounds = 1;
  CHECK(cost_of(few).rows == doctest::Approx(5));
  many.is_covering = true;  // it is no guess, so entries alone cost what they do
  CHECK(cost_of(many).cost < 357 + cost_of(of_rows(1)).cost);
  many.known = lsm::RangeSize{};
  many.known->current = 4000;
  CHECK(cost_of(many).rows == 4000);
}

TEST_CASE(
    "an entry alone costs less than a row, an entry with its row more, but for small tables and guesses") {
  const double scan = cost_of(of_rows(100'000)).cost;
  ReadShape shape = of_rows(100'000);
  shape.by_index = true;
  shape.is_covering = true;
  CHECK(cost_of(shape).cost < scan);
  shape.is_covering = false;
  CHECK(cost_of(shape).cost > 4 * scan);
  ReadShape small = of_rows(kSmallTable);
  small.by_index = true;
  CHECK(cost_of(small).cost < 3 * cost_of(of_rows(kSmallTable)).cost);
  shape.equalities = 1;
  const double of_entries_and_rows = cost_of(shape).cost;
  shape.is_covering = true;
  CHECK(cost_of(shape).cost < of_entries_and_rows);
  CHECK(cost_of(shape).cost > of_entries_and_rows / 2);
}

TEST_CASE("rows that come in order are read as far as a LIMIT wants, through filters further") {
  ReadShape shape = of_rows(100'000);
  shape.wanted = 10;
  CHECK(cost_of(shape).versions == 10);
  CHECK(cost_of(shape).rows == 100'000);  // what SQLite would be given without the LIMIT
  shape.filters = 1;
  CHECK(cost_of(shape).versions == doctest::Approx(100));
  shape.filters = 0;
  const double in_order = cost_of(shape).cost;
  shape.is_in_turn = true;
  CHECK(cost_of(shape).cost > in_order);
  CHECK(cost_of(shape).cost < cost_of(of_rows(100'000)).cost);
}

TEST_CASE("an index of distances is searched in tables of any size, at a cost that ends growing") {
  for (const uint64_t rows : {1u, 100u, 1999u, 100'000u}) {
    const lsm::RangeSize table = of_rows(rows).table;
    CHECK(cost_of_search(table) < cost_of_measuring(cost_of(of_rows(rows))));
  }
  CHECK(cost_of_search(of_rows(1'000'000).table) == cost_of_search(of_rows(100'000).table));
}

TEST_CASE("sorting grows faster than the rows") {
  CHECK(cost_of_sorting(0) == 0);
  CHECK(cost_of_sorting(2000) > 2 * cost_of_sorting(1000));
}

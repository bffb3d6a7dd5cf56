#include "extension/aggregate/own_aggregates.h"

#include <new>

#include "extension/host/query.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

namespace {

void expect_memory_for(const Status& status) {
  if (status.code() == Code::kNoMemory) throw std::bad_alloc();
}

bool are_listed_as_own(sqlite3* db) {
  Query others(db,
               "SELECT 1 FROM pragma_function_list WHERE name COLLATE NOCASE IN "
               "('count', 'sum', 'total', 'avg', 'min', 'max') AND NOT builtin");
  const Result<bool> row = others.step();
  expect_memory_for(row.status());
  return row && !*row;
}

}  // namespace

OwnAggregates::OwnAggregates(Connection& connection) : db_(connection.handle()) {}

// The list takes SQLite some 0.1 ms, so it is asked for once. What a host registers later is mostly no window
// function, which SQLite's own are.
bool OwnAggregates::are_own() {
  if (!are_listed_as_own_) are_listed_as_own_ = are_listed_as_own(db_);
  if (!*are_listed_as_own_) return false;
  Query windows(db_,
                "SELECT count(0) OVER (), sum(0) OVER (), total(0) OVER (), avg(0) OVER (), min(0) OVER (), "
                "max(0) OVER ()");
  const Status prepared = windows.prepare();
  expect_memory_for(prepared);
  return prepared.is_ok();
}

}  // namespace spectradb::extension

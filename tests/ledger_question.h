// Makes random temporal clauses and conditions on periods for a query of one ledger table, in SQL and as
// the model answers them.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/ledger_model.h"

namespace spectradb::tests {

// Writes a bound as SQL: NULL at the ends, else microseconds before or after the epoch.
std::string bound_sql(int bound);
// Writes an instant inside a point.
std::string instant_sql(int point);
std::string span_sql(Span span);  // FROM … TO …

struct Question {
  LedgerTimes times;           // what the model reads
  std::string clauses;         // to follow the table's name
  std::string conditions;      // each begins with AND, to follow a WHERE
  bool valid_is_known = true;  // whether a row's valid period is specified
  // These decide which of the rows are wanted; some also clip them.
  std::vector<std::function<bool(LedgerRow&)>> filters;

  bool keep(LedgerRow& row) const;
};

Question any_question(std::mt19937_64& random, const LedgerModel& model);

}  // namespace spectradb::tests

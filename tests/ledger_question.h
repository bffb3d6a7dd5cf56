// Random temporal clauses and conditions on periods for a query of one ledger table, in SQL and as the model
// answers them.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/ledger_model.h"

namespace spectradb::tests {

// Bounds as SQL writes them: NULL at the ends, microseconds before and after the epoch between.
std::string bound_sql(int bound);
// An instant inside a point.
std::string instant_sql(int point);
std::string span_sql(Span span);  // FROM … TO …

struct Question {
  LedgerTimes times;           // what the model reads
  std::string clauses;         // behind the table
  std::string conditions;      // behind a WHERE: AND …
  bool valid_is_known = true;  // whether a row's valid period is specified
  // Which of the rows are wanted; some clip them.
  std::vector<std::function<bool(LedgerRow&)>> filters;

  bool keep(LedgerRow& row) const;
};

Question any_question(std::mt19937_64& random, const LedgerModel& model);

}  // namespace spectradb::tests

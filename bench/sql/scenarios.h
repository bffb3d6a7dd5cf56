// What else users do with histories than the shapes of main.cc: each scenario has tables of its own for each
// contender, and questions that all of them answer alike.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/sql/contender.h"

namespace spectradb::bench {

struct Question {
  Operation operation;
  uint64_t count = 0;        // how often it is asked
  bool counts_rows = false;  // the rate is of the answer's rows, else of questions
  bool in_transaction = true;
  // The n-th one, to the contender of a place. No answer of a contender's: it cannot.
  std::function<Contender::Answer(Contender& contender, size_t place, uint64_t number)> ask;
  std::vector<size_t> left_out = {};  // contenders that cannot
};

struct Scenario {
  std::string title;
  std::vector<std::string> names;   // ours first
  std::vector<std::string> create;  // of each
  std::function<void(Contender& contender, size_t place)> load;
  std::vector<Question> questions;
  // The name of an operation whose rate is the geometric mean of all questions' rates; empty: there is none.
  std::string mean_of_all = {};
};

std::vector<Scenario> scenarios(bool is_quick);

// Two processes on one database, one commits without a pause, the other reads without a pause: figures by
// wall time.
struct Together {
  double commits_a_second = 0;
  double reads_a_second = 0;
};
Together run_together(const Statements& statements, const std::string& directory,
                      const std::string& extension, double seconds);

}  // namespace spectradb::bench

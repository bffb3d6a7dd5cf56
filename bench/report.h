// What all benchmarks share: CPU time, medians, and tables with the ratios first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spectradb::bench {

[[noreturn]] void fail(const std::string& what);  // ends the process with a message

double cpu_seconds();   // of the whole process, all threads
double wall_seconds();  // since some moment

uint64_t bytes_in(const std::string& path);  // of a file, or of all files in a directory

struct Operation {
  std::string name;
  std::string unit;
  double target = 0;  // of ours, in the unit; or, with a peer, of the ratio to it; 0: none
  bool less_is_better = false;
  size_t peer = 0;  // its place among the contenders
};

// By operation: of each contender, ours first, the figures of the rounds; none where it cannot do it.
using Figures = std::map<std::string, std::vector<std::vector<double>>>;

double median(std::vector<double> values);

// A Markdown table on the standard output. A ratio above 1 is to our advantage.
void print_table(const std::string& title, const std::vector<std::string>& contenders,
                 const std::vector<Operation>& operations, const Figures& figures);

}  // namespace spectradb::bench

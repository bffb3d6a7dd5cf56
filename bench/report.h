// Has what all benchmarks share: CPU and wall time, medians, tables that begin with the ratios, and the
// same figures as JSON.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spectradb::bench {

[[noreturn]] void fail(const std::string& what);  // ends the process with a message

double cpu_seconds();   // of the whole process, all threads
double wall_seconds();  // since some moment

struct Elapsed {
  double cpu = 0;
  double wall = 0;
};

class Stopwatch {
 public:
  Stopwatch() : cpu_(cpu_seconds()), wall_(wall_seconds()) {}
  // The wall clock is read innermost: reading the other one takes half a microsecond.
  Elapsed elapsed() const {
    const double wall = wall_seconds() - wall_;
    return {cpu_seconds() - cpu_, wall};
  }

 private:
  double cpu_;
  double wall_;
};

uint64_t bytes_in(const std::string& path);  // of a file, or of all files in a directory

struct Operation {
  std::string name;
  std::string unit;
  double target = 0;  // of SpectraDB in the unit, or with a peer of the ratio to it; 0: none
  bool less_is_better = false;
  size_t peer = 0;       // its place among the contenders
  bool by_wall = false;  // wall time counts, because the operation waits for the disk
};

// Holds one operation of one contender: a figure for each round; none where the contender cannot do it.
struct Series {
  std::vector<double> cpu;   // by CPU time; also figures without a clock, such as bytes
  std::vector<double> wall;  // by wall time; none for bytes

  void add_rate(double count, const Elapsed& elapsed) {
    cpu.push_back(count / elapsed.cpu);
    wall.push_back(count / elapsed.wall);
  }
  const std::vector<double>& deciding(const Operation& operation) const {
    return operation.by_wall ? wall : cpu;
  }
};

// Holds for each operation the series of each contender, SpectraDB's first.
using Figures = std::map<std::string, std::vector<Series>>;

double median(std::vector<double> values);

// Collects all tables of a run.
class Report {
 public:
  // Prints a Markdown table on the standard output. A ratio above 1 is in SpectraDB's favour.
  void add_table(const std::string& title, const std::vector<std::string>& contenders,
                 const std::vector<Operation>& operations, const Figures& figures);
  // Writes all tables, with every round's figures, into a JSON file; does nothing when the path is empty.
  void write(const std::string& path, int rounds, const std::vector<std::string>& settings) const;

 private:
  std::vector<std::string> tables_;  // as JSON
};

}  // namespace spectradb::bench

// Holds what randomized tests of one database have in common: random numbers, a log of the statements, and
// the loop over seeds.
#pragma once

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

class RandomRun {
 protected:
  RandomRun(uint64_t seed, std::string extension) : random_(seed), extension_(std::move(extension)) {
    open();
  }

  int below(size_t bound) { return static_cast<int>(random_() % bound); }

  // Prints all statements and ends the program.
  [[noreturn]] void differ(const std::string& what) {
    std::string report;
    for (const std::string& sql : log_) report += sql + ";\n";
    fail(report + "-- " + what);
  }
  Outcome must(const std::string& sql) {
    log_.push_back(sql);
    Outcome outcome = database_.run(sql);
    if (!outcome.is_ok()) differ(outcome.message);
    return outcome;
  }

  // Flushes, merges, or closes and opens the database again.
  void upkeep() {
    switch (below(3)) {
      case 0:
        must("SELECT spectradb_flush()");
        break;
      case 1:
        must("SELECT spectradb_compact()");
        break;
      default:
        database_.close();
        open();
    }
  }

  Database database_;
  std::vector<std::string> log_;

 private:
  void open() {
    database_ = Database(directory_.path("d.db"), extension_);
    database_.must("PRAGMA synchronous = OFF");
  }

  std::mt19937_64 random_;
  std::string extension_;
  TemporaryDirectory directory_;
};

// Prints and runs each of the seeds that the arguments name: run(seed, extension, steps).
template <typename OneSeed>
void run_seeds(int argc, char** argv, const char* steps, const OneSeed& run) {
  choose_mode(Mode::kHook);
  const std::string extension = argument(argc, argv, "extension", "");
  const uint64_t first = std::stoull(argument(argc, argv, "seed", "1"));
  const uint64_t seeds = std::stoull(argument(argc, argv, "seeds", "1"));
  const int count = std::stoi(argument(argc, argv, "steps", steps));
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    run(seed, extension, count);
  }
}

}  // namespace spectradb::tests

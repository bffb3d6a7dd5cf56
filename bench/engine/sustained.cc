// Measures how long commits take under lasting writes, when flushes and compactions fall behind:
// sustained_bench [--rows=N] [--rows-a-commit=N] [--keys=N] [--directory=D]. Figures are the wall time of
// each commit, with one writer, without syncs, over random keys that recur: quantiles and the longest one,
// engine by engine. They include whatever else the machine does.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/engine/engine.h"
#include "bench/engine/workload.h"

namespace spectradb::bench {
namespace {

struct Load {
  uint64_t rows = 3'000'000;
  uint64_t rows_a_commit = 100;
  uint64_t keys = 300'000;
};

std::vector<double> commit_times_us(Engine& engine, const Load& load) {
  std::vector<double> times_us;
  std::vector<std::string> keys(load.rows_a_commit);
  std::vector<std::string> documents(load.rows_a_commit);
  std::vector<Row> rows(load.rows_a_commit);
  for (uint64_t commit = 1; commit * load.rows_a_commit <= load.rows; ++commit) {
    for (uint64_t place = 0; place < load.rows_a_commit; ++place) {
      const uint64_t number = scrambled(commit * load.rows_a_commit + place) % load.keys;
      keys[place] = key_of(number);
      make_document(number, commit, documents[place]);
      rows[place] = {keys[place], documents[place]};
    }
    const auto start = std::chrono::steady_clock::now();
    engine.write(commit, rows);
    times_us.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  }
  return times_us;
}

void print(const Engine& engine, std::vector<double> times_us) {
  double sum_us = 0;
  for (const double time_us : times_us) sum_us += time_us;
  std::sort(times_us.begin(), times_us.end());
  const auto quantile = [&](double part) {
    return times_us[static_cast<size_t>(part * static_cast<double>(times_us.size() - 1))];
  };
  std::printf("%-12s %10zu %8.2f %9.0f %9.0f %9.0f %9.0f %9.0f\n", engine.name().c_str(), times_us.size(),
              sum_us / 1e6, quantile(0.5), quantile(0.99), quantile(0.999), quantile(0.9999),
              times_us.back());
  if (const std::string waits = engine.waits(); !waits.empty()) std::printf(" %s\n", waits.c_str());
}

uint64_t number_of(const char* argument, const char* name, uint64_t otherwise) {
  const size_t size = std::strlen(name);
  return std::strncmp(argument, name, size) == 0 ? std::strtoull(argument + size, nullptr, 10) : otherwise;
}

}  // namespace
}  // namespace spectradb::bench

int main(int argc, char** argv) {
  using namespace spectradb::bench;
  Load load;
  std::string directory = std::filesystem::temp_directory_path() / ("sustained-" + std::to_string(getpid()));
  for (int i = 1; i < argc; ++i) {
    load.rows = number_of(argv[i], "--rows=", load.rows);
    load.rows_a_commit = std::max<uint64_t>(number_of(argv[i], "--rows-a-commit=", load.rows_a_commit), 1);
    load.keys = std::max<uint64_t>(number_of(argv[i], "--keys=", load.keys), 1);
    if (std::strncmp(argv[i], "--directory=", 12) == 0) directory = argv[i] + 12;
  }
  if (load.rows < load.rows_a_commit) {
    std::fprintf(stderr, "there must be as many rows as one commit has\n");
    return 2;
  }
  std::printf("commits of %llu rows over %llu keys; microseconds a commit\n",
              static_cast<unsigned long long>(load.rows_a_commit),
              static_cast<unsigned long long>(load.keys));
  std::printf("%-12s %10s %8s %9s %9s %9s %9s %9s\n", "engine", "commits", "all, s", "median", "99%", "99.9%",
              "99.99%", "longest");
  const auto measure = [&](auto open) {
    std::filesystem::remove_all(directory);
    const auto engine = open(directory, true);
    print(*engine, commit_times_us(*engine, load));
  };
  measure(open_spectra);
#ifdef SPECTRADB_BENCH_LEVELDB
  measure(open_leveldb);
#endif
#ifdef SPECTRADB_BENCH_ROCKSDB
  measure(open_rocksdb);
#endif
  std::filesystem::remove_all(directory);
}

#include "bench/report.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace spectradb::bench {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string short_figure(double value) {
  char text[32];
  if (value >= 1e6) {
    std::snprintf(text, sizeof text, "%.2f M", value / 1e6);
  } else if (value >= 1e4) {
    std::snprintf(text, sizeof text, "%.0f k", value / 1e3);
  } else if (value >= 100) {
    std::snprintf(text, sizeof text, "%.0f", value);
  } else {
    std::snprintf(text, sizeof text, "%.2f", value);
  }
  return text;
}

}  // namespace

void fail(const std::string& what) {
  std::fprintf(stderr, "benchmark: %s\n", what.c_str());
  std::exit(1);
}

double cpu_seconds() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }
double wall_seconds() { return seconds(CLOCK_MONOTONIC); }

uint64_t bytes_in(const std::string& path) {
  if (!std::filesystem::exists(path)) return 0;
  if (std::filesystem::is_regular_file(path)) return std::filesystem::file_size(path);
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print_table(const std::string& title, const std::vector<std::string>& contenders,
                 const std::vector<Operation>& operations, const Figures& figures) {
  std::printf("\n### %s\n\n| operation |", title.c_str());
  for (size_t i = 1; i < contenders.size(); ++i) std::printf(" ours : %s |", contenders[i].c_str());
  std::printf(" target |");
  for (const std::string& contender : contenders) std::printf(" %s |", contender.c_str());
  std::printf(" spread |\n|---|");
  for (size_t i = 0; i < 2 * contenders.size() + 1; ++i) std::printf("---|");
  std::printf("\n");
  for (const Operation& operation : operations) {
    const auto& of_contenders = figures.at(operation.name);
    if (of_contenders[0].empty()) continue;
    std::printf("| %s, %s |", operation.name.c_str(), operation.unit.c_str());
    const double ours = median(of_contenders[0]);
    double spread = 0;
    double measured = ours;  // what the target is about
    for (size_t i = 0; i < of_contenders.size(); ++i) {
      if (of_contenders[i].empty()) {
        std::printf(" |");
        continue;
      }
      const auto [least, most] = std::minmax_element(of_contenders[i].begin(), of_contenders[i].end());
      const double theirs = median(of_contenders[i]);
      spread = std::max(spread, (*most - *least) / 2 / theirs);
      if (i == 0) continue;
      const double ratio = operation.less_is_better ? theirs / ours : ours / theirs;
      if (operation.peer == i) measured = ratio;
      std::printf(" **%.2f** |", ratio);
    }
    if (operation.target == 0) {
      std::printf(" |");
    } else {
      const bool at_most = operation.less_is_better && operation.peer == 0;
      const bool is_met = at_most ? measured <= operation.target : measured >= operation.target;
      std::printf(" %s %s%s: %s |", at_most ? "at most" : "at least", short_figure(operation.target).c_str(),
                  operation.peer == 0 ? "" : (" times " + contenders[operation.peer]).c_str(),
                  is_met ? "met" : "missed");
    }
    for (const std::vector<double>& rounds : of_contenders)
      std::printf(" %s |", rounds.empty() ? "" : short_figure(median(rounds)).c_str());
    std::printf(" ±%.0f %% |\n", 100 * spread);
  }
  std::fflush(stdout);
}

}  // namespace spectradb::bench

#include "bench/report.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    out += static_cast<unsigned char>(byte) < ' ' ? ' ' : byte;
  }
  return out + '"';
}

std::string json(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}
std::string json(const std::string& text) { return quoted(text); }
std::string json(const Series& series);

template <typename Element>
std::string json(const std::vector<Element>& elements) {
  std::string out = "[";
  for (const Element& element : elements) {
    if (out.size() > 1) out += ", ";
    out += json(element);
  }
  return out + "]";
}

std::string json(const Series& series) {
  return R"({"cpu": )" + json(series.cpu) + R"(, "wall": )" + json(series.wall) + "}";
}

std::string json(const Operation& operation, const std::vector<Series>& series) {
  return R"({"name": )" + quoted(operation.name) + R"(, "unit": )" + quoted(operation.unit) +
         R"(, "target": )" + json(operation.target) + R"(, "peer": )" + std::to_string(operation.peer) +
         R"(, "less_is_better": )" + (operation.less_is_better ? "true" : "false") + R"(, "by_wall": )" +
         (operation.by_wall ? "true" : "false") + R"(, "series": )" + json(series) + "}";
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

void Report::add_table(const std::string& title, const std::vector<std::string>& contenders,
                       const std::vector<Operation>& operations, const Figures& figures) {
  std::string rows;
  std::printf("\n### %s\n\n| operation |", title.c_str());
  for (size_t i = 1; i < contenders.size(); ++i) std::printf(" ours : %s |", contenders[i].c_str());
  std::printf(" target |");
  for (const std::string& contender : contenders) std::printf(" %s |", contender.c_str());
  std::printf(" spread |\n|---|");
  for (size_t i = 0; i < 2 * contenders.size() + 1; ++i) std::printf("---|");
  std::printf("\n");
  for (const Operation& operation : operations) {
    const auto& of_contenders = figures.at(operation.name);
    if (of_contenders[0].deciding(operation).empty()) continue;
    rows += (rows.empty() ? "\n    " : ",\n    ") + json(operation, of_contenders);
    std::printf("| %s, %s |", operation.name.c_str(), operation.unit.c_str());
    const double ours = median(of_contenders[0].deciding(operation));
    double spread = 0;
    double measured = ours;  // the figure that has the target
    for (size_t i = 0; i < of_contenders.size(); ++i) {
      const std::vector<double>& rounds = of_contenders[i].deciding(operation);
      if (rounds.empty()) {
        std::printf(" |");
        continue;
      }
      const auto [least, most] = std::minmax_element(rounds.begin(), rounds.end());
      const double theirs = median(rounds);
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
    for (const Series& series : of_contenders) {
      const std::vector<double>& rounds = series.deciding(operation);
      std::printf(" %s |", rounds.empty() ? "" : short_figure(median(rounds)).c_str());
    }
    std::printf(" ±%.0f %% |\n", 100 * spread);
  }
  std::fflush(stdout);
  tables_.push_back(R"({"title": )" + quoted(title) + R"(, "contenders": )" + json(contenders) +
                    R"(, "operations": [)" + rows + "]}");
}

void Report::write(const std::string& path, int rounds, const std::vector<std::string>& settings) const {
  if (path.empty()) return;
  std::ofstream out(path);
  out << "{\"rounds\": " << rounds << ", \"settings\": " << json(settings) << ", \"tables\": [";
  for (size_t i = 0; i < tables_.size(); ++i) out << (i == 0 ? "\n  " : ",\n  ") << tables_[i];
  out << "\n]}\n";
  if (!out.flush()) fail("cannot write " + path);
}

}  // namespace spectradb::bench

#include "tests/test_rows.h"

#include <algorithm>
#include <array>

#include "tests/test_file.h"

namespace spectradb::tests {

std::string written(const Cell& cell) {
  if (cell.type == SQLITE_TEXT && trim(cell.text).empty()) return "(empty)";
  std::string out;
  for (const char c : cell.text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return trim(out);
}

Lines typed_lines(const Outcome& outcome) {
  constexpr std::array<const char*, 6> kTypes = {"", "I ", "R ", "T ", "B ", ""};
  Lines lines;
  for (const Row& row : outcome.rows) {
    std::vector<std::string> line;
    for (const Cell& cell : row) line.push_back(kTypes[static_cast<size_t>(cell.type)] + written(cell));
    lines.push_back(std::move(line));
  }
  return lines;
}

void sort_lines(Lines& lines, const std::string& order) {
  if (order == "valuesort") {
    Lines values;
    for (const auto& line : lines) {
      for (const auto& value : line) values.push_back({value});
    }
    lines = std::move(values);
  }
  if (order != "nosort") std::sort(lines.begin(), lines.end());
}

std::string join(const Lines& lines) {
  std::string out;
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); i++) out += (i > 0 ? " | " : "    ") + line[i];
    out += '\n';
  }
  return out.empty() ? "    (no rows)\n" : out;
}

}  // namespace spectradb::tests

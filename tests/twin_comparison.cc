#include "tests/twin_comparison.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <tuple>

namespace spectradb::tests {

std::string sided(const std::string& sql, char side, char twin) {
  std::string out = sql;
  std::replace(out.begin(), out.end(), '@', side);
  std::replace(out.begin(), out.end(), '~', twin);
  return out;
}

void name_twins(std::string& message) {
  for (const char* name : {"o0.", "o1.", "o0 after", "o1 after", "oi0", "oi1", "oi2", "oi3"}) {
    for (size_t at = 0; (at = message.find(name, at)) != std::string::npos;) message[at] = 't';
  }
}

namespace {

// Returns a row as it is compared: exactly, or with equal values written alike.
Row comparable(Row row, bool is_loose) {
  for (Cell& cell : row) {
    if (!is_loose) continue;
    if (cell.type == SQLITE_TEXT) {
      cell.text.erase(cell.text.find_last_not_of(' ') + 1);
      for (char& c : cell.text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (cell.type == SQLITE_INTEGER || cell.type == SQLITE_FLOAT) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.12g", std::strtod(cell.text.c_str(), nullptr) + 0.0);
      cell = {SQLITE_FLOAT, digits};
    }
  }
  return row;
}

std::vector<Row> comparable(const Outcome& outcome, const TwinQuery& query) {
  std::vector<Row> rows;
  for (const Row& row : outcome.rows) rows.push_back(comparable(row, query.is_loose));
  if (!query.is_ordered) {
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return std::lexicographical_compare(
          a.begin(), a.end(), b.begin(), b.end(),
          [](const Cell& x, const Cell& y) { return std::tie(x.type, x.text) < std::tie(y.type, y.text); });
    });
  }
  return rows;
}

}  // namespace

bool show_alike(const TwinOutcome& outcome, const TwinQuery& query) {
  return comparable(outcome.ordinary, query) == comparable(outcome.temporal, query);
}

// SQLite applies OR FAIL and OR REPLACE to a virtual table only where the result code is the plain one,
// not an extended one.
bool fail_alike(const TwinOutcome& outcome, std::string_view statement) {
  const bool is_plain = statement.find("OR FAIL") != std::string_view::npos ||
                        statement.find("REPLACE") != std::string_view::npos;
  const int mask = is_plain ? 0xff : -1;
  return (outcome.ordinary.code & mask) == (outcome.temporal.code & mask) &&
         outcome.ordinary.message == outcome.temporal.message;
}

std::string shown(const Outcome& outcome) {
  return (outcome.is_ok() ? "ok" : outcome.message) + " (" + std::to_string(outcome.code) + "), " +
         std::to_string(outcome.changes) + " changes, last rowid " +
         std::to_string(outcome.last_insert_rowid) + "\n" + describe(outcome.rows);
}

}  // namespace spectradb::tests

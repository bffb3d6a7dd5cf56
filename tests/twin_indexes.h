// Makes random CREATE INDEX, DROP INDEX and REINDEX for both sides of the twins. `@` stands for the letter
// of a side, in names of indexes as in those of tables.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::tests {

class TwinIndexes {
 public:
  explicit TwinIndexes(std::mt19937_64& random) : random_(random) {}

  // These make UNIQUE constraints for a table: nothing, or text to follow a column or the last one.
  std::string_view column_constraint() { return below(6) == 0 ? " UNIQUE" : ""; }
  std::string table_constraint(const std::vector<std::string>& columns) {
    return below(5) == 0 ? ", UNIQUE " + terms(columns, false) : "";
  }

  std::string statement(const std::string& table, const std::vector<std::string>& columns) {
    const std::string name = "@i" + std::to_string(below(4));
    switch (below(8)) {
      case 0:
        return "DROP INDEX " + name;
      case 1:
        return "DROP INDEX IF EXISTS " + name;
      case 2:
        return "REINDEX " + (below(2) == 0 ? name : table);
      case 3:
        return "CREATE UNIQUE INDEX " + name + " ON " + table + " " + terms(columns, true) +
               condition(columns);
      case 4:
        return "CREATE INDEX IF NOT EXISTS " + name + " ON " + table + terms(columns, true);
      default:
        return "CREATE INDEX " + name + " ON " + table + terms(columns, true);
    }
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<uint64_t>(bound)); }

  // Makes the terms of an index or constraint, such as "(a1, a0 COLLATE NOCASE DESC)".
  std::string terms(std::vector<std::string> columns, bool is_index) {
    static constexpr std::string_view kEnds[] = {
        "", "", "", " DESC", " COLLATE NOCASE", " COLLATE BINARY", " ASC", " COLLATE RTRIM DESC"};
    std::shuffle(columns.begin(), columns.end(), random_);
    columns.resize(1 + static_cast<size_t>(below(std::min(3, static_cast<int>(columns.size())))));
    std::string out;
    for (const std::string& column : columns) {
      out += (out.empty() ? "" : ", ") + (is_index && below(4) == 0 ? expression(column) : column);
      if (is_index) out += kEnds[below(static_cast<int>(std::size(kEnds)))];
    }
    return "(" + out + ")";
  }

  std::string expression(const std::string& column) {
    static constexpr std::string_view kFunctions[] = {"upper", "length", "typeof", "hex"};
    switch (below(4)) {
      case 0:
        return "CAST(" + column + " AS TEXT)";
      case 1:
        return "(" + column + " || 'x')";
      default:
        return std::string(kFunctions[below(4)]) + "(" + column + ")";
    }
  }

  // Makes the WHERE of a partial index, sometimes.
  std::string condition(const std::vector<std::string>& columns) {
    const std::string& column = columns[static_cast<size_t>(below(static_cast<int>(columns.size())))];
    switch (below(4)) {
      case 0:
        return " WHERE " + column + " > 1";
      case 1:
        return " WHERE " + column + " IS NOT NULL";
      default:
        return "";
    }
  }

  std::mt19937_64& random_;
};

}  // namespace spectradb::tests

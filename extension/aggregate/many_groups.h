// Columns whose values a table has found to be too many to be groups of its own, by the name of the table: SQLite
// makes groups of them from now on, since to find that out again takes time. One connection, its thread; forgotten
// with it.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace spectradb::extension {

class ManyGroups {
 public:
  void add(const std::string& table, int column) {
    if (columns_.size() < kMost) columns_.emplace(table, column);
  }
  bool has(const std::string& table, int column) const {
    return !columns_.empty() && columns_.count({table, column}) > 0;
  }

 private:
  static constexpr size_t kMost = 1000;

  std::set<std::pair<std::string, int>> columns_;
};

}  // namespace spectradb::extension

// Names that the rewriter has looked up and found to be no temporal tables, so that statements over ordinary
// tables need not be looked at closely again. Whoever connects a temporal table forgets them. If one of them
// becomes a temporal table in another connection, SQLite adds its rows up once more as it would an ordinary
// table's.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "sql/text/tokenizer.h"

namespace spectradb::extension {

class OrdinaryNames {
 public:
  bool has(std::string_view schema, std::string_view name) const {
    return !names_.empty() && names_.count(spelled(schema, name)) > 0;
  }
  // As a statement writes them.
  bool has_written(std::string_view schema, std::string_view name) const {
    return !names_.empty() && has(sql::unquote(schema), sql::unquote(name));
  }
  void add(std::string_view schema, std::string_view name) {
    if (names_.size() < kMost) names_.insert(spelled(schema, name));
  }
  void forget() { names_.clear(); }

 private:
  static constexpr size_t kMost = 1000;

  static std::string spelled(std::string_view schema, std::string_view name) {
    return sql::lowered(schema) + "." + sql::lowered(name);
  }

  std::set<std::string> names_;
};

}  // namespace spectradb::extension

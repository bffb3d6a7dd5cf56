#include "tests/twin_text.h"

#include <algorithm>

#include "tests/twin_grammar.h"

namespace spectradb::tests {

std::string TwinText::make(std::string_view form) {
  bindings_.clear();
  return expand(form, 0);
}

std::string TwinText::expand(std::string_view form, int depth) {
  std::string out;
  for (size_t i = 0; i < form.size(); i++) {
    if (form[i] == '$') {
      out += symbol(form[++i], depth + 1);
    } else {
      out += form[i];
    }
  }
  return out;
}

std::string TwinText::repeated(std::string_view form, size_t count, std::string_view between, int depth) {
  std::string out;
  for (size_t i = 0; i < count; i++) out += (i > 0 ? std::string(between) : "") + expand(form, depth);
  return out;
}

std::string TwinText::symbol(char name, int depth) {
  std::vector<std::string> columns = tables_.chosen().columns;
  switch (name) {
    case 'T':
      return tables_.chosen_name();
    case 'U':
      return (dice_.chance(70) ? "@" : "~") + std::to_string(1 - tables_.first);
    case 'c':
      return dice_.any(columns);
    case 'd':
      return dice_.any(tables_.other().columns);
    // In a compound SELECT an ordinary table's row id has no collation, but other columns have one.
    case 'M': {
      const std::string& column = dice_.any(columns);
      return column + (tables_.chosen().has_integer_key && column == columns[0] ? " COLLATE BINARY" : "");
    }
    case 's': {  // an assignment of ON CONFLICT DO UPDATE
      const std::string& column = dice_.any(columns);
      if (dice_.chance(30)) return column + " = " + expand("$e", depth);
      return column + " = " +
             (dice_.chance(50) ? "excluded." + column : "coalesce(" + column + ", excluded." + column + ")");
    }
    case 'K':  // the conflict target
      if (tables_.chosen().key.empty() || dice_.chance(30)) return "ON CONFLICT";
      return "ON CONFLICT (" + joined(tables_.chosen().key, "", ", ") + ")";
    case 'h':  // two columns
      std::shuffle(columns.begin(), columns.end(), dice_.random());
      return columns[0] + ", " + columns[1];
    case 'k': {  // all columns, in some order
      std::shuffle(columns.begin(), columns.end(), dice_.random());
      std::string terms;
      for (const std::string& column : columns)
        terms += (terms.empty() ? "" : ", ") + column + expand("$D", depth);
      return terms;
    }
    case 'q':
      return joined(columns, "quote", ", ");
    case 'Q':
      return joined(tables_.other().columns, "quote", ", ");
    case 'L':
      return repeated("$l", columns.size(), ", ", depth);
    case 'E':
      return repeated("$e", columns.size(), ", ", depth);
    case 'p': {  // at most one row, if there is a key
      std::string condition = tables_.chosen().key.empty() ? expand("$w", depth) : "";
      for (const std::string& column : tables_.chosen().key)
        condition += (condition.empty() ? "" : " AND ") + column + expand(" = $l", depth);
      return condition;
    }
    default:
      break;
  }
  const std::vector<std::string_view>& alternatives = twin_grammar().at(name);
  const bool may_nest = depth < 5 || (name != 'e' && name != 'w');
  std::string made = expand(may_nest ? dice_.any(alternatives) : alternatives.front(), depth);
  // SQLite chooses random keys once the largest one is used.
  if (made == "9223372036854775807" && (tables_.chosen().has_integer_key || tables_.other().has_integer_key))
    made = "4611686018427387904";
  if (name != 'l' || !dice_.chance(15)) return made;
  bindings_.push_back({"?" + std::to_string(bindings_.size() + 1), made});
  return bindings_.back().name;
}

}  // namespace spectradb::tests

#include "sql/statements/definition_literals.h"

#include "sql/shape/nested_statement.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

bool wants_literals(std::string_view options) {
  const Reader reader(options, tokenize(options));
  for (size_t i = 0; i + 2 < reader.size(); ++i) {
    if (reader.is_word(i, "definition") && reader.is_operator(i + 1, "=") &&
        equals_word(unquote(reader.text(i + 2)), "literals"))
      return true;
  }
  return false;
}

std::string definitions_as_literals(std::string_view definitions) {
  const Reader reader(definitions, tokenize(definitions));
  std::string out;
  for (Span each{0, 0}; each.begin < reader.size(); each.begin = ++each.end) {
    while (each.end < reader.size() && !reader.is_operator(each.end, ","))
      each.end = reader.is_operator(each.end, "(") ? reader.behind_parenthesis(each.end, reader.size())
                                                   : each.end + 1;
    out += (out.empty() ? "" : ", ") + string_literal(reader.joined(each));
  }
  return out;
}

}  // namespace spectradb::sql

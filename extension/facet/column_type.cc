#include "extension/facet/column_type.h"

#include <string>

#include "extension/facet/facet.h"

namespace spectradb::extension {

namespace {

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

}  // namespace

Result<std::shared_ptr<const ColumnCheck>> find_column_check(std::string_view declared_type) {
  const size_t parenthesis = declared_type.find('(');
  const std::string word(without_blanks(declared_type.substr(0, parenthesis)));
  for (const Facet* facet : facets()) {
    for (const ColumnType* type : facet->column_types) {
      if (sqlite3_stricmp(word.c_str(), type->name) != 0) continue;
      if (parenthesis == std::string_view::npos) return type->check({});
      const std::string_view arguments = declared_type.substr(parenthesis + 1);
      const size_t end = arguments.rfind(')');
      return type->check(without_blanks(arguments.substr(0, end)));
    }
  }
  return std::shared_ptr<const ColumnCheck>();
}

}  // namespace spectradb::extension

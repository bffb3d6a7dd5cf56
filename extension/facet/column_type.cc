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

const ColumnType* find_column_type(std::string_view declared_type) {
  const std::string word(without_blanks(declared_type.substr(0, declared_type.find('('))));
  for (const Facet* facet : facets()) {
    for (const ColumnType* type : facet->column_types) {
      if (sqlite3_stricmp(word.c_str(), type->name) == 0) return type;
    }
  }
  return nullptr;
}

Result<std::shared_ptr<const ColumnCheck>> find_column_check(std::string_view declared_type) {
  const ColumnType* const type = find_column_type(declared_type);
  if (type == nullptr) return std::shared_ptr<const ColumnCheck>();
  const size_t parenthesis = declared_type.find('(');
  if (parenthesis == std::string_view::npos) return type->check({});
  const std::string_view arguments = declared_type.substr(parenthesis + 1);
  return type->check(without_blanks(arguments.substr(0, arguments.rfind(')'))));
}

}  // namespace spectradb::extension

#include "extension/host/statement_name.h"

#include <algorithm>

#include "extension/host/query.h"

namespace spectradb::extension {

std::string name_in_statement(const std::string& name) {
  const auto is_letter = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool is_plain =
      !name.empty() && is_letter(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  return is_plain && sqlite3_keyword_check(name.data(), static_cast<int>(name.size())) == 0 ? name
                                                                                            : quoted(name);
}

}  // namespace spectradb::extension

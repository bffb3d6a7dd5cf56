#include "sql/shape/insert_target.h"

#include "sql/text/reader.h"

namespace spectradb::sql {

namespace {
constexpr size_t kFrontBytes = 256;
}  // namespace

std::optional<InsertTarget> insert_target(std::string_view sql) {
  const std::string_view front = sql.substr(0, kFrontBytes);
  const Reader reader(front, tokenize(front));
  size_t i = 0;
  if (reader.is_word(i, "INSERT")) {
    ++i;
    if (reader.is_word(i, "OR")) i += 2;
  } else if (reader.is_word(i, "REPLACE")) {
    ++i;
  } else {
    return std::nullopt;
  }
  if (!reader.is_word(i, "INTO") || !reader.is_name(i + 1)) return std::nullopt;
  const size_t first = i + 1;
  const size_t last = reader.is_operator(first + 1, ".") ? first + 2 : first;
  if (last + 1 >= reader.size()) return std::nullopt;  // the name may go on behind the bytes that were read
  const size_t begin = reader.token(first).begin;
  const size_t end = reader.token(last).end;
  return InsertTarget{sql.substr(begin, end - begin), end};
}

}  // namespace spectradb::sql

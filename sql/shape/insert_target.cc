#include "sql/shape/insert_target.h"

#include "sql/text/reader.h"

namespace spectradb::sql {

namespace {
constexpr size_t kFrontBytes = 256;

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
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

// Columns may stand before VALUES or SELECT, and their names in quotes.
bool is_of_query(std::string_view behind_target) {
  size_t i = 0;
  while (i < behind_target.size()) {
    const char c = behind_target[i];
    if (c == '"' || c == '`' || c == '[' || c == '\'') {
      const size_t end = behind_target.find(c == '[' ? ']' : c, i + 1);
      if (end == std::string_view::npos) return false;
      i = end + 1;
    } else if (is_word_byte(c)) {
      const size_t begin = i;
      while (i < behind_target.size() && is_word_byte(behind_target[i])) ++i;
      const std::string_view word = behind_target.substr(begin, i - begin);
      if (equals_word(word, "VALUES") || equals_word(word, "DEFAULT")) return false;
      if (equals_word(word, "SELECT") || equals_word(word, "WITH")) return true;
    } else {
      ++i;
    }
  }
  return false;
}

}  // namespace spectradb::sql

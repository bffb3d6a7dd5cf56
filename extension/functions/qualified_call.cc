#include "extension/functions/qualified_call.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "sql/text/reader.h"

namespace spectradb::extension {

namespace {

// Whether the text has the name at all, and a dot: almost no text names a schema in front of it, and tokenizing takes
// longer.
bool may_qualify(std::string_view text, std::string_view name) {
  if (text.find('.') == std::string_view::npos) return false;
  const auto is_same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
  };
  return std::search(text.begin(), text.end(), name.begin(), name.end(), is_same) != text.end();
}

// Returns the schema in front of the name, empty where no call has one.
std::string qualifier_of(std::string_view text, std::string_view name) {
  const sql::Reader reader(text, sql::tokenize(text));
  for (size_t i = 2; i < reader.size(); ++i) {
    if (reader.is_name(i) && reader.is_operator(i - 1, ".") && reader.is_name(i - 2) &&
        sql::equals_word(reader.name(i), name))
      return reader.name(i - 2);
  }
  return {};
}

}  // namespace

Status check_not_qualified(Connection& connection, const char* function) {
  for (sqlite3_stmt* statement = sqlite3_next_stmt(connection.handle(), nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(connection.handle(), statement)) {
    if (!sqlite3_stmt_busy(statement)) continue;
    const char* text = sqlite3_sql(statement);
    if (text == nullptr || !may_qualify(text, function)) continue;
    const std::string schema = qualifier_of(text, function);
    if (schema.empty()) continue;
    return Status::invalid("SQLite passes no schema on to " + schema + "." + function +
                           ": without the prepare hook give it as an argument (schema = '" + schema +
                           "'), or rewrite the text with spectradb_sql()");
  }
  return Status::ok();
}

}  // namespace spectradb::extension

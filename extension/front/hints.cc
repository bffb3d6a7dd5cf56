#include "extension/front/hints.h"

#include <algorithm>

#include "extension/table/sql_catalog.h"
#include "sql/statements/foreign_forms.h"
#include "sql/text/splitter.h"

namespace spectradb::extension {

namespace {

// Columns that every document table has, or every temporal one.
bool is_temporal_column(std::string_view name) {
  static constexpr std::string_view kNames[] = {"doc",        "_valid_from", "_valid_to", "_system_from",
                                                "_system_to", "_as_of",      "_valid_at", "_committed_at"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return sql::equals_word(name, known); });
}

// Whether the message says that a table lacks such a column, or has fewer columns than a row has values.
bool lacks_column(std::string_view message) {
  static constexpr std::string_view kNoColumn = "no such column: ";
  static constexpr std::string_view kNotNamed = " has no column named ";
  if (message.starts_with(kNoColumn)) {
    message.remove_prefix(kNoColumn.size());
    return is_temporal_column(message.substr(message.rfind('.') + 1));
  }
  if (!message.starts_with("table ")) return false;
  const size_t named = message.rfind(kNotNamed);
  if (named != std::string_view::npos) return is_temporal_column(message.substr(named + kNotNamed.size()));
  return message.find(" has 1 columns but ") != std::string_view::npos;
}

// Explains the first table in the text that would be temporal if its own text had come through the hook.
std::string why_ordinary(Connection& connection, std::string_view text) {
  static constexpr std::string_view kBeforeTable[] = {"FROM", "JOIN", "INTO", "UPDATE"};
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  SqlCatalog catalog(connection);
  for (size_t i = 0; i < reader.size(); ++i) {
    size_t name_at = i + 1;
    std::string schema;
    std::string name;
    if (!reader.is_any_word(i, kBeforeTable) || !reader.is_name(name_at) ||
        !reader.take_name(name_at, schema, name))
      continue;
    std::string why = catalog.why_ordinary(schema, name);
    if (!why.empty()) return why;
  }
  return {};
}

}  // namespace

std::string explained(Connection& connection, std::string_view text, const std::string& message) {
  if (const char* hint = sql::hint_for(text, message); hint != nullptr) return message + ": " + hint;
  // Reading the schema has replaced SQLite's own message.
  return lacks_column(message) ? message + why_ordinary(connection, text) : std::string();
}

}  // namespace spectradb::extension

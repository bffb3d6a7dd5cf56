#include "extension/front/hints.h"

#include <algorithm>

#include "extension/facet/facet.h"
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

// Returns what is said in help of the thing of this name, and of one of these kinds; null for none.
const Help* find_help(std::string_view name, std::initializer_list<Help::Kind> kinds) {
  for (const Facet* facet : facets())
    for (const Help& help : facet->help)
      if (sql::equals_word(name, help.name) &&
          std::find(kinds.begin(), kinds.end(), help.kind) != kinds.end())
        return &help;
  return nullptr;
}

// Whether a message is this one about a name, which it returns.
std::optional<std::string_view> name_after(std::string_view message, std::string_view beginning) {
  if (!message.starts_with(beginning)) return std::nullopt;
  return message.substr(beginning.size());
}

// Explains functions that were asked as tables, and tables that were called as functions.
std::string other_kind(std::string_view message) {
  if (const auto name = name_after(message, "no such function: "))
    if (const Help* const help = find_help(*name, {Help::Kind::kTable}); help != nullptr)
      return std::string(": it gives rows, and stands in FROM: SELECT * FROM ") + help->usage;
  if (const auto name = name_after(message, "no such table: "))
    if (const Help* const help = find_help(*name, {Help::Kind::kFunction, Help::Kind::kAggregate});
        help != nullptr)
      return std::string(": it is a function, which gives a value: SELECT ") + help->usage;
  return {};
}

// Explains why SQLite makes no trigger on the temporal table that the text names behind ON.
std::string why_no_trigger(Connection& connection, std::string_view text) {
  const sql::Reader reader(text, sql::first_statement(text).tokens);
  size_t on = 0;
  while (on < reader.size() && !reader.is_word(on, "ON")) ++on;
  std::string schema;
  std::string name;
  if (++on >= reader.size() || !reader.is_name(on) || !reader.take_name(on, schema, name)) return {};
  SqlCatalog catalog(connection);
  if (catalog.find(schema, name).kind != sql::RelationKind::kTemporal) return {};
  return ": table " + name +
         " is temporal. It keeps what was written by itself, and spectradb_changes() tells of it; CHECK, "
         "DEFAULT and "
         "the actions of foreign keys go as ever, and a view of the table takes INSTEAD OF triggers";
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
  if (std::string other = other_kind(message); !other.empty()) return message + other;
  // Reading the schema has replaced SQLite's own message.
  if (message == "cannot create triggers on virtual tables") {
    const std::string why = why_no_trigger(connection, text);
    return why.empty() ? why : message + why;
  }
  return lacks_column(message) ? message + why_ordinary(connection, text) : std::string();
}

}  // namespace spectradb::extension

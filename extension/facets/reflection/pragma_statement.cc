#include "extension/facets/reflection/pragma_statement.h"

#include <algorithm>

#include "extension/facets/reflection/reflected_table.h"
#include "extension/host/query.h"
#include "extension/table/sql_catalog.h"
#include "extension/write/present_table.h"
#include "sql/shape/nested_statement.h"
#include "sql/shape/shape.h"

namespace spectradb::extension {

namespace {

constexpr std::string_view kPragmaWord[] = {"PRAGMA"};
constexpr std::string_view kOfTables[] = {"table_info", "table_xinfo", "index_list", "foreign_key_list"};
constexpr std::string_view kOfIndexes[] = {"index_info", "index_xinfo"};
constexpr std::string_view kOfParents[] = {"foreign_key_list"};
constexpr std::string_view kOfDatabases[] = {"table_list"};
constexpr std::string_view kPragmaNames[] = {
    "table_info", "table_xinfo", "index_list", "foreign_key_list", "index_info", "index_xinfo", "table_list",
    // What people may take for a PRAGMA.
    "spectradb_as_of", "spectradb_valid_at", "spectradb_config", "spectradb_lock"};

struct Pragma {
  std::string schema;  // empty when the text names none
  std::string name;
  std::optional<std::string> argument;
};

// Reads the value of a PRAGMA at i, a name or a number, and moves i behind it.
std::optional<std::string> read_value(const sql::Reader& reader, size_t& i) {
  const bool is_signed = reader.is_operator(i, "+") || reader.is_operator(i, "-");
  if (reader.kind(i + (is_signed ? 1 : 0)) == sql::TokenKind::kNumber) {
    std::string text = reader.is_operator(i, "-") ? "-" : "";
    i += is_signed ? 2 : 1;
    return text.append(reader.text(i - 1));
  }
  if (!reader.is_name(i)) return std::nullopt;
  return reader.name(i++);
}

std::optional<Pragma> read_pragma(const sql::Reader& reader, sql::Span statement) {
  Pragma read;
  size_t i = statement.begin + 1;
  if (!reader.take_name(i, read.schema, read.name)) return std::nullopt;
  if (i == statement.end) return read;
  const bool is_call = reader.is_operator(i, "(");
  if (!is_call && !reader.is_operator(i, "=")) return std::nullopt;
  read.argument = read_value(reader, ++i);
  if (!read.argument || (is_call && !reader.is_operator(i, ")"))) return std::nullopt;
  return i + (is_call ? 1 : 0) == statement.end ? std::optional<Pragma>(std::move(read)) : std::nullopt;
}

bool is_one_of_words(std::string_view name, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [name](std::string_view word) { return sql::equals_word(name, word); });
}

// Says whether an ordinary table refers to temporal ones; SQLite sees the tables that stand for those.
Result<bool> has_temporal_parents(sqlite3* db, const Pragma& pragma) {
  constexpr int kParentColumn = 2;
  const std::string schema = pragma.schema.empty() ? "" : quoted(pragma.schema) + ".";
  Query parents(db, "PRAGMA " + schema + "foreign_key_list = " + quoted(*pragma.argument));
  for (;;) {
    Result<bool> row = parents.step();
    if (!row && row.status().code() != Code::kNoMemory) return false;  // SQLite says what is wrong
    if (!row || !*row) return row;
    if (PresentTable::table_of(parents.text(kParentColumn))) return true;
  }
}

// Says whether SQLite's own answer would be wrong. A list of all tables is always read from the
// table-valued form.
Result<bool> asks_for_temporal(const Pragma& pragma, sql::Catalog& catalog) {
  if (is_one_of_words(pragma.name, kOfDatabases)) return true;
  const bool is_of_index = is_one_of_words(pragma.name, kOfIndexes);
  if (!pragma.argument || (!is_of_index && !is_one_of_words(pragma.name, kOfTables))) return false;
  auto* const asked = dynamic_cast<SqlCatalog*>(&catalog);  // the extension's catalog knows a connection
  if (asked == nullptr) return false;
  const auto find = is_of_index ? find_reflected_index : find_reflected_table;
  const std::optional<std::string> schema =
      pragma.schema.empty() ? std::nullopt : std::optional<std::string>(pragma.schema);
  SPECTRADB_ASSIGN_OR_RETURN(const Table* table, find(asked->connection(), schema, *pragma.argument));
  if (table != nullptr || !is_one_of_words(pragma.name, kOfParents)) return table != nullptr;
  return has_temporal_parents(asked->connection().handle(), pragma);
}

Result<std::optional<std::string>> rewrite_pragma(const sql::Reader& reader, sql::Span statement,
                                                  sql::Catalog& catalog) {
  size_t i = statement.begin + 1;
  std::string schema;
  std::string name;
  // SQLite says nothing of a PRAGMA that it does not know, and does nothing.
  if (reader.take_name(i, schema, name) && sql::may_be_function(name))
    return Status::invalid("PRAGMA " + name + ": it is a function: SELECT " + name + "(…)");
  const std::optional<Pragma> pragma = read_pragma(reader, statement);
  if (!pragma) return std::optional<std::string>();
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_ours, asks_for_temporal(*pragma, catalog));
  if (!is_ours) return std::optional<std::string>();
  const bool is_list = is_one_of_words(pragma->name, kOfDatabases);
  std::string text = "SELECT * FROM pragma_" + pragma->name;
  if (pragma->argument) text += "(" + sql::string_literal(*pragma->argument);
  if (pragma->argument && !pragma->schema.empty() && !is_list)
    text += ", " + sql::string_literal(pragma->schema);
  if (pragma->argument) text += ")";
  if (is_list && !pragma->schema.empty())
    text += " WHERE \"schema\" = " + sql::string_literal(pragma->schema) + " COLLATE NOCASE";
  return std::optional<std::string>(std::move(text));
}

}  // namespace

constinit const sql::StatementForm kPragmaForm{kPragmaWord, kPragmaNames, rewrite_pragma};

}  // namespace spectradb::extension

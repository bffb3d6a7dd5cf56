#include "extension/schema/table_options.h"

#include <utility>

#include "extension/host/query.h"
#include "extension/schema/schema_change.h"
#include "sql/text/reader.h"
#include "sql/text/tokenizer.h"
#include "temporal/retention.h"

namespace spectradb::extension {

namespace {

struct StoredText {
  std::string beginning;  // up to the parenthesis
  std::vector<std::string> arguments;
};

Result<StoredText> split_text(const std::string& text) {
  const sql::Reader reader(text, sql::tokenize(text));
  size_t opening = 0;
  if (reader.is_sound()) {
    while (opening < reader.size() && !reader.is_word(opening, "USING")) ++opening;
    opening += 2;  // the name of the module
  }
  const bool is_read =
      reader.is_operator(opening, "(") && reader.behind_parenthesis(opening, reader.size()) == reader.size();
  if (!is_read) return Status::corrupt("the definition of a temporal table cannot be read: " + text);
  StoredText stored;
  for (size_t begin = opening + 1; begin + 1 < reader.size();) {
    size_t end = begin;
    while (end + 1 < reader.size() && !reader.is_operator(end, ","))
      end = reader.is_operator(end, "(") ? reader.behind_parenthesis(end, reader.size()) : end + 1;
    stored.arguments.emplace_back(reader.text(sql::Span{begin, end}));
    begin = end + 1;
  }
  stored.beginning = reader.text(sql::Span{0, opening + 1});
  return stored;
}

Result<std::string> text_of_table(Database& database, const std::string& table) {
  Query definition(database.connection().handle(), "SELECT sql FROM " + database.qualified("sqlite_master") +
                                                       " WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, definition.bind(1, std::string_view(table)).step());
  if (!there) return Status::corrupt("table " + table + " is not in the schema");
  return definition.text(0);
}

}  // namespace

Result<std::string> with_option(const std::string& text, std::string_view name, const std::string& value) {
  SPECTRADB_ASSIGN_OR_RETURN(StoredText stored, split_text(text));
  std::vector<std::string> arguments = temporal::without_option(std::move(stored.arguments), name);
  if (!value.empty()) arguments.push_back(std::string(name) + " = " + value);
  std::string changed = std::move(stored.beginning);
  for (size_t i = 0; i < arguments.size(); ++i) changed.append(i == 0 ? "" : ", ").append(arguments[i]);
  return changed + ")";
}

Result<std::vector<std::string>> arguments_of_table(Database& database, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text, text_of_table(database, table));
  SPECTRADB_ASSIGN_OR_RETURN(StoredText stored, split_text(text));
  return std::move(stored.arguments);
}

Status set_option_of(SchemaChange& change, Database& database, const std::string& table,
                     std::string_view name, const std::string& value) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string text, text_of_table(database, table));
  SPECTRADB_ASSIGN_OR_RETURN(const std::string changed, with_option(text, name, value));
  if (name == temporal::kHorizonOption) {
    SPECTRADB_ASSIGN_OR_RETURN(const StoredText before, split_text(text));
    SPECTRADB_ASSIGN_OR_RETURN(const StoredText after, split_text(changed));
    if (temporal::horizon_of(after.arguments) <= temporal::horizon_of(before.arguments)) return Status::ok();
  }
  if (name == temporal::kValidHorizonOption) {
    SPECTRADB_ASSIGN_OR_RETURN(const StoredText before, split_text(text));
    SPECTRADB_ASSIGN_OR_RETURN(const StoredText after, split_text(changed));
    if (temporal::valid_horizon_of(after.arguments) <= temporal::valid_horizon_of(before.arguments))
      return Status::ok();
  }
  return change.set_definition(table, changed);
}

}  // namespace spectradb::extension

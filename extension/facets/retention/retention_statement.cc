#include "extension/facets/retention/retention_statement.h"

#include <algorithm>
#include <optional>
#include <string>

#include "sql/shape/nested_statement.h"
#include "sql/text/reader.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension::retention {

namespace {

using sql::Reader;
using sql::Span;
using sql::TokenKind;

constexpr std::string_view kFirstWordsOfRetention[] = {"ALTER"};
constexpr std::string_view kWordsOfRetention[] = {"RETENTION"};

Status not_retention(const std::string& problem) {
  return Status::invalid("ALTER TABLE … SET RETENTION '7 years' [ON SYSTEM TIME | ON VALID TIME]: " +
                         problem);
}

bool is_axis(const Reader& reader, size_t i, std::string_view first, std::string_view both) {
  return reader.is_words(i, first, "TIME") || reader.is_word(i, both);
}

// Reads ON SYSTEM TIME or ON VALID TIME, up to the end of the statement; tells whether it is valid time.
Result<bool> read_axis(const Reader& reader, size_t i, size_t end) {
  if (i == end) return false;
  const bool is_valid = reader.is_word(i, "ON") && is_axis(reader, i + 1, "VALID", "VALID_TIME");
  const bool is_system = reader.is_word(i, "ON") && is_axis(reader, i + 1, "SYSTEM", "SYSTEM_TIME");
  const bool is_one_word = reader.is_word(i + 1, "SYSTEM_TIME") || reader.is_word(i + 1, "VALID_TIME");
  if ((is_valid || is_system) && i + (is_one_word ? 2 : 3) == end) return is_valid;
  return not_retention("'" + std::string(reader.text(Span{i, end})) + "' is not understood");
}

std::string call_of(const std::string& schema, const std::string& table, const std::string& length,
                    bool is_valid) {
  // What the function gives is text or NULL.
  return "SELECT 1 WHERE spectradb_retention(" + sql::string_literal(table) + ", " + length +
         (schema.empty() && !is_valid ? "" : ", " + (schema.empty() ? "NULL" : sql::string_literal(schema))) +
         (is_valid ? ", 'valid'" : "") + ") IS 0";
}

// A column of the name RETENTION is dropped as any other.
bool has_such_column(const sql::Relation& relation) {
  return std::any_of(relation.columns.begin(), relation.columns.end(), [](const sql::ColumnInfo& column) {
    return sql::equals_word(column.name, "RETENTION");
  });
}

Result<std::optional<std::string>> rewrite_retention(const Reader& reader, Span statement,
                                                     sql::Catalog& catalog) {
  using Answer = std::optional<std::string>;
  size_t i = statement.begin;
  if (!reader.is_words(i, "ALTER", "TABLE")) return Answer();
  i += 2;
  std::string schema;
  std::string table;
  if (!reader.take_name(i, schema, table)) return Answer();
  if (reader.is_words(i, "DROP", "RETENTION") && (i + 2 == statement.end || reader.is_word(i + 2, "ON"))) {
    const sql::Relation relation = catalog.find(schema, table);
    if (relation.kind != sql::RelationKind::kTemporal || has_such_column(relation)) return Answer();
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_valid, read_axis(reader, i + 2, statement.end));
    return Answer(call_of(schema, table, "NULL", is_valid));
  }
  if (!reader.is_words(i, "SET", "RETENTION")) return Answer();
  i += 2;
  if (i >= statement.end || reader.kind(i) != TokenKind::kString)
    return not_retention("the length of time is a text in quotes");
  const std::string length(reader.text(i));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_valid, read_axis(reader, i + 1, statement.end));
  return Answer(call_of(schema, table, length, is_valid));
}

}  // namespace

constinit const sql::StatementForm kRetentionForm{kFirstWordsOfRetention, kWordsOfRetention,
                                                  rewrite_retention};

}  // namespace spectradb::extension::retention

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
  return Status::invalid("ALTER TABLE … SET RETENTION '7 years' [ON SYSTEM TIME]: " + problem);
}

bool is_axis(const Reader& reader, size_t i, std::string_view first, std::string_view both) {
  return reader.is_words(i, first, "TIME") || reader.is_word(i, both);
}

// Reads ON SYSTEM TIME, up to the end of the statement.
Status read_axis(const Reader& reader, size_t i, size_t end) {
  if (i == end) return Status::ok();
  if (reader.is_word(i, "ON") && is_axis(reader, i + 1, "VALID", "VALID_TIME"))
    return not_retention(
        "history is retired by system time, when it was superseded; what is no longer valid goes with DELETE "
        "FROM … FOR PORTION OF VALID_TIME and spectradb_retire() behind it, as docs/retention.md shows");
  const bool is_system = reader.is_word(i, "ON") && is_axis(reader, i + 1, "SYSTEM", "SYSTEM_TIME");
  const size_t behind = i + (reader.is_word(i + 1, "SYSTEM_TIME") ? 2 : 3);
  return is_system && behind == end
             ? Status::ok()
             : not_retention("'" + std::string(reader.text(Span{i, end})) + "' is not understood");
}

std::string call_of(const std::string& schema, const std::string& table, const std::string& length) {
  // What the function gives is text or NULL.
  return "SELECT 1 WHERE spectradb_retention(" + sql::string_literal(table) + ", " + length +
         (schema.empty() ? "" : ", " + sql::string_literal(schema)) + ") IS 0";
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
  if (reader.is_words(i, "DROP", "RETENTION") && i + 2 == statement.end) {
    const sql::Relation relation = catalog.find(schema, table);
    if (relation.kind != sql::RelationKind::kTemporal || has_such_column(relation)) return Answer();
    return Answer(call_of(schema, table, "NULL"));
  }
  if (!reader.is_words(i, "SET", "RETENTION")) return Answer();
  i += 2;
  if (i >= statement.end || reader.kind(i) != TokenKind::kString)
    return not_retention("the length of time is a text in quotes");
  const std::string length(reader.text(i));
  SPECTRADB_RETURN_IF_ERROR(read_axis(reader, i + 1, statement.end));
  return Answer(call_of(schema, table, length));
}

}  // namespace

constinit const sql::StatementForm kRetentionForm{kFirstWordsOfRetention, kWordsOfRetention,
                                                  rewrite_retention};

}  // namespace spectradb::extension::retention

#include "extension/facets/dump/iterdump_form.h"

#include <optional>
#include <string>

#include "sql/text/reader.h"

namespace spectradb::extension::dump {

namespace {

using sql::Reader;
using sql::Span;
using sql::TokenKind;

constexpr std::string_view kFirstWordsOfIterdump[] = {"SELECT"};
constexpr std::string_view kWordsOfIterdump[] = {"QUOTE"};

// SELECT 'INSERT INTO "_spectradb" VALUES('||quote("format")||')' FROM "_spectradb"
Result<std::optional<std::string>> refuse_iterdump(const Reader& reader, Span statement, sql::Catalog&) {
  constexpr std::string_view kInsert = "INSERT INTO \"_spectradb\" VALUES(";
  const size_t text = statement.begin + 1;
  const bool is_asked = reader.kind(text) == TokenKind::kString && reader.name(text).starts_with(kInsert) &&
                        reader.is_word(statement.end - 2, "FROM") &&
                        reader.name(statement.end - 1) == "_spectradb";
  if (!is_asked) return std::optional<std::string>();
  return Status::invalid(
      "what Connection.iterdump() writes of a database with temporal tables cannot be read back: "
      "SELECT sql FROM spectradb_dump gives the statements of a text that can, with the history");
}

}  // namespace

constinit const sql::StatementForm kIterdumpForm{kFirstWordsOfIterdump, kWordsOfIterdump, refuse_iterdump};

}  // namespace spectradb::extension::dump

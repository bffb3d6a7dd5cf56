#include "sql/index_statement.h"

#include "sql/statement_rewriter.h"

namespace spectradb::sql {

namespace {

std::optional<IndexStatement> read_create(const Reader& reader, Span statement) {
  IndexStatement read;
  size_t i = statement.begin + 1;
  read.is_unique = reader.is_word(i, "UNIQUE");
  if (read.is_unique) ++i;
  if (!reader.is_word(i, "INDEX")) return std::nullopt;
  ++i;
  read.if_not_exists = reader.is_word(i, "IF") && reader.is_words(i + 1, "NOT", "EXISTS");
  if (read.if_not_exists) i += 3;
  if (!reader.take_name(i, read.schema, read.name) || !reader.is_word(i, "ON")) return std::nullopt;
  if (!reader.is_name(i + 1) || !reader.is_operator(i + 2, "(")) return std::nullopt;
  read.table = reader.name(i + 1);
  read.definition = reader.text(Span{i + 2, statement.end});
  return read;
}

std::string text_of(const IndexStatement& statement) {
  switch (statement.kind) {
    case IndexStatement::Kind::kCreate:
      return std::string("CREATE ") + (statement.is_unique ? "UNIQUE " : "") + "INDEX " +
             (statement.if_not_exists ? "IF NOT EXISTS " : "") + quoted(statement.name) + " ON " +
             quoted(statement.table) + " " + statement.definition;
    case IndexStatement::Kind::kDrop:
      return "DROP INDEX " + quoted(statement.name);
    case IndexStatement::Kind::kReindex:
      return "REINDEX " + quoted(statement.name);
  }
  return {};
}

std::string on_table(const std::string& schema, const std::string& table, const IndexStatement& statement) {
  std::string text =
      "DELETE FROM " + (schema.empty() ? "" : quoted(schema) + ".") + quoted(table) + " WHERE _define = '";
  for (const char c : text_of(statement)) {
    if (c == '\'') text += c;
    text += c;
  }
  return text + "'";
}

}  // namespace

std::optional<IndexStatement> read_index_statement(const Reader& reader, Span statement) {
  size_t i = statement.begin;
  if (reader.is_word(i, "CREATE")) return read_create(reader, statement);
  IndexStatement read;
  if (reader.is_words(i, "DROP", "INDEX")) {
    read.kind = IndexStatement::Kind::kDrop;
    i += 2;
    if (reader.is_words(i, "IF", "EXISTS")) i += 2;
  } else if (reader.is_word(i, "REINDEX")) {
    read.kind = IndexStatement::Kind::kReindex;
    ++i;
  } else {
    return std::nullopt;
  }
  if (!reader.take_name(i, read.schema, read.name) || i != statement.end) return std::nullopt;
  return read;
}

Result<std::optional<std::string>> temporal_index_statement(const Reader& reader, Span statement,
                                                            Catalog& catalog) {
  using Answer = std::optional<std::string>;
  const std::optional<IndexStatement> read = read_index_statement(reader, statement);
  if (!read) return Answer();
  const bool is_create = read->kind == IndexStatement::Kind::kCreate;
  const bool may_be_table = is_create || read->kind == IndexStatement::Kind::kReindex;
  if (may_be_table) {
    const std::string& table = is_create ? read->table : read->name;
    const Relation relation = catalog.find(read->schema, table);
    const std::string& schema = read->schema.empty() ? relation.schema : read->schema;
    if (relation.kind == RelationKind::kTemporal) return Answer(on_table(schema, table, *read));
    if (is_create) {
      if (!read->if_not_exists && catalog.find_index(schema, read->name))
        return Status::invalid("index " + read->name + " already exists");
      return Answer();
    }
  }
  const std::optional<IndexPlace> place = catalog.find_index(read->schema, read->name);
  return place ? Answer(on_table(place->schema, place->table, *read)) : Answer();
}

}  // namespace spectradb::sql

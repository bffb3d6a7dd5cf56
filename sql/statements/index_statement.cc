#include "sql/statements/index_statement.h"

#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/expression.h"

namespace spectradb::sql {

namespace {

// Reads (part, …) [WHERE condition].
void read_definition(const Reader& reader, Span definition, IndexStatement& read) {
  const size_t end = reader.behind_parenthesis(definition.begin, definition.end) - 1;
  for (size_t i = definition.begin + 1; i < end; ++i) {
    const size_t begin = i;
    while (i < end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, end) : i + 1;
    Span value{begin, i};
    const bool has_direction =
        i > begin + 1 && (reader.is_word(i - 1, "ASC") || reader.is_word(i - 1, "DESC"));
    if (has_direction) --value.end;
    std::string collation;
    for (;;) {  // (a) is a column, and (a COLLATE NOCASE) one of a collation
      value = without_parentheses(reader, value);
      if (value.end < value.begin + 3 || !reader.is_word(value.end - 2, "COLLATE")) break;
      if (collation.empty()) collation = reader.joined({value.end - 2, value.end});
      value.end -= 2;
    }
    const bool is_column = value.end == value.begin + 1 && reader.is_name(value.begin);
    const std::string direction = has_direction ? std::string(reader.text(i - 1)) : std::string();
    read.parts.push_back({is_column ? reader.joined(value) : "(" + reader.joined(value) + ")",
                          collation + (collation.empty() || direction.empty() ? "" : " ") + direction,
                          is_column});
  }
  if (reader.is_word(end + 1, "WHERE")) read.condition = reader.joined({end + 2, definition.end});
}

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
  read_definition(reader, {i + 2, statement.end}, read);
  return read;
}

std::string text_of(const IndexStatement& statement, const std::string& schema = {}) {
  switch (statement.kind) {
    case IndexStatement::Kind::kCreate:
      return std::string("CREATE ") + (statement.is_unique ? "UNIQUE " : "") + "INDEX " +
             (statement.if_not_exists ? "IF NOT EXISTS " : "") +
             (schema.empty() ? "" : quoted(schema) + ".") + quoted(statement.name) + " ON " +
             quoted(statement.table) + " " + statement.definition;
    case IndexStatement::Kind::kDrop:
      return "DROP INDEX " + quoted(statement.name);
    case IndexStatement::Kind::kReindex:
      return "REINDEX " + quoted(statement.name);
  }
  return {};
}

std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += c;
    out += c;
  }
  return out + "'";
}

std::string on_table(const std::string& schema, const std::string& table, const IndexStatement& statement) {
  return "DELETE FROM " + (schema.empty() ? "" : quoted(schema) + ".") + quoted(table) +
         " WHERE _define = " + in_quotes(text_of(statement));
}

}  // namespace

bool IndexStatement::needs_columns() const {
  return (is_unique && !condition.empty()) ||
         std::any_of(parts.begin(), parts.end(), [](const Part& part) { return !part.is_column; });
}

std::string text_of_index(const IndexStatement& statement) {
  std::string list;
  for (const IndexStatement::Part& part : statement.parts)
    list += (list.empty() ? "" : ", ") + part.value + (part.order.empty() ? "" : " ") + part.order;
  return std::string("CREATE ") + (statement.is_unique ? "UNIQUE " : "") + "INDEX " + quoted(statement.name) +
         " ON " + quoted(statement.table) + " (" + list + ")" +
         (statement.condition.empty() ? "" : " WHERE " + statement.condition);
}

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

namespace {

Result<std::optional<std::string>> rewrite_index(const Reader& reader, Span statement, Catalog& catalog) {
  using Answer = std::optional<std::string>;
  const std::optional<IndexStatement> read = read_index_statement(reader, statement);
  if (!read) return Answer();
  const bool is_create = read->kind == IndexStatement::Kind::kCreate;
  const bool may_be_table = is_create || read->kind == IndexStatement::Kind::kReindex;
  if (may_be_table) {
    const std::string& table = is_create ? read->table : read->name;
    const Relation relation = catalog.find(read->schema, table);
    const std::string& schema = read->schema.empty() ? relation.schema : read->schema;
    if (relation.kind == RelationKind::kTemporal && read->needs_columns())
      return Answer("SELECT 1 WHERE spectradb_alter(" + in_quotes(text_of(*read, schema)) + ")");
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

constexpr std::string_view kFirstWordsOfIndexStatementForm[] = {"CREATE", "DROP", "REINDEX"};
constexpr std::string_view kWordsOfIndexStatementForm[] = {"INDEX", "REINDEX"};

}  // namespace

constinit const StatementForm kIndexStatementForm{kFirstWordsOfIndexStatementForm, kWordsOfIndexStatementForm,
                                                  rewrite_index};

}  // namespace spectradb::sql

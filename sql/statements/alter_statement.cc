#include "sql/statements/alter_statement.h"

#include "sql/rewrite/statement_rewriter.h"
#include "sql/statements/references.h"

namespace spectradb::sql {

namespace {

using Kind = AlterStatement::Kind;

bool is_versioning(const Reader& reader, size_t i) { return reader.is_words(i, "SYSTEM", "VERSIONING"); }

// SQLite would add a column named SYSTEM, VERSIONING, SYSTEM_VERSIONING or PERIOD, and the table would have no history. Who
// wants that column says ADD COLUMN.
bool is_like_versioning(const Reader& reader, size_t i, size_t end) {
  const bool is_one_word =
      i + 1 == end && (reader.is_word(i, "VERSIONING") || reader.is_word(i, "SYSTEM_VERSIONING"));
  if (is_one_word || reader.is_words(i, "PERIOD", "FOR")) return true;
  return i + 2 == end && reader.is_word(i, "SYSTEM") && reader.is_name(i + 1) &&
         std::string_view(reader.name(i + 1)).substr(0, 4).find_first_not_of("VERSvers") == std::string::npos;
}

// Reads ADD SYSTEM VERSIONING [(options)], from behind ADD.
std::optional<AlterStatement> read_versioning(const Reader& reader, size_t i, Span statement,
                                              AlterStatement read) {
  read.kind = Kind::kAddVersioning;
  i += 2;
  if (i == statement.end) return read;
  if (!reader.is_operator(i, "(") || reader.behind_parenthesis(i, statement.end) != statement.end)
    return std::nullopt;
  read.definition = reader.joined({i + 1, statement.end - 1});
  return read;
}

std::optional<AlterStatement> read_drop(const Reader& reader, Span statement) {
  AlterStatement read;
  read.kind = Kind::kDropTable;
  size_t i = statement.begin + 2;
  if (reader.is_words(i, "IF", "EXISTS")) i += 2;
  if (!reader.take_name(i, read.schema, read.table) || i != statement.end) return std::nullopt;
  return read;
}

}  // namespace

std::optional<AlterStatement> read_alter_statement(const Reader& reader, Span statement) {
  size_t i = statement.begin;
  if (reader.is_words(i, "DROP", "TABLE")) return read_drop(reader, statement);
  if (!reader.is_words(i, "ALTER", "TABLE")) return std::nullopt;
  i += 2;
  AlterStatement read;
  if (!reader.take_name(i, read.schema, read.table) || i >= statement.end) return std::nullopt;
  const size_t action = i++;
  if (reader.is_word(action, "ADD") && is_versioning(reader, i))
    return read_versioning(reader, i, statement, std::move(read));
  if (reader.is_word(action, "DROP") && is_versioning(reader, i) && i + 2 == statement.end) {
    read.kind = Kind::kDropVersioning;
    return read;
  }
  if (reader.is_word(action, "RENAME") && reader.is_word(i, "TO") && reader.is_name(i + 1) &&
      i + 2 == statement.end) {
    read.kind = Kind::kRenameTable;
    read.new_name = reader.text(i + 1);
    return read;
  }
  const bool names_column = reader.is_word(i, "COLUMN");
  read.is_like_versioning =
      !names_column && reader.is_word(action, "ADD") && is_like_versioning(reader, i, statement.end);
  if (names_column) ++i;
  if (i >= statement.end || !reader.is_name(i)) return std::nullopt;
  if (reader.is_word(action, "ADD")) {
    read.definition = reader.joined({i, statement.end});
    return read;
  }
  read.column = reader.text(i);
  if (reader.is_word(action, "DROP") && i + 1 == statement.end) {
    read.kind = Kind::kDropColumn;
    return read;
  }
  const bool is_renaming = reader.is_word(action, "RENAME") && reader.is_word(i + 1, "TO") &&
                           reader.is_name(i + 2) && i + 3 == statement.end;
  if (!is_renaming) return std::nullopt;
  read.kind = Kind::kRenameColumn;
  read.new_name = reader.text(i + 2);
  return read;
}

bool is_succession(const AlterStatement& statement, const Relation& relation, Catalog& catalog) {
  if (statement.kind == Kind::kDropTable) {
    return relation.kind == RelationKind::kTemporal &&
           catalog.find_replacement(relation.schema, statement.table).has_value();
  }
  return statement.kind == Kind::kRenameTable && relation.kind == RelationKind::kOrdinary &&
         catalog.find_dropped(relation.schema, unquote(statement.new_name)).has_value();
}

std::string action_of(const AlterStatement& statement) {
  switch (statement.kind) {
    case Kind::kAddColumn:
      return "ADD COLUMN " + statement.definition;
    case Kind::kRenameColumn:
      return "RENAME COLUMN " + statement.column + " TO " + statement.new_name;
    case Kind::kDropColumn:
      return "DROP COLUMN " + statement.column;
    case Kind::kAddVersioning:
      return "ADD SYSTEM VERSIONING" +
             (statement.definition.empty() ? "" : " (" + statement.definition + ")");
    case Kind::kDropVersioning:
      return "DROP SYSTEM VERSIONING";
    case Kind::kRenameTable:
      return "RENAME TO " + statement.new_name;
    case Kind::kDropTable:
      break;
  }
  return {};
}

namespace {

Result<std::optional<std::string>> rewrite_alter(const Reader& reader, Span statement, Catalog& catalog) {
  using Answer = std::optional<std::string>;
  std::optional<AlterStatement> read = read_alter_statement(reader, statement);
  if (!read) return Answer();
  if (read->is_like_versioning)
    return Status::invalid("ALTER TABLE " + read->table + " ADD " + read->definition +
                           " would add a column: say ADD SYSTEM VERSIONING for a history, or ADD COLUMN " +
                           read->definition);
  const Relation relation = catalog.find(read->schema, read->table);
  const bool is_versioning = read->kind == Kind::kAddVersioning || read->kind == Kind::kDropVersioning;
  // On an ordinary table SQLite would silently add a column named SYSTEM.
  if (relation.kind == RelationKind::kNone && is_versioning)
    return Status::invalid("no such table: " + read->table);
  if (relation.kind == RelationKind::kView && is_versioning)
    return Status::invalid("Cannot add a column to a view");  // SQLite's own words
  // SQLite shows no message of a virtual table that refuses DROP TABLE; an error of the function, which asks once more, has one.
  bool says_refusal = false;
  if (read->kind == Kind::kDropTable &&
      (relation.kind == RelationKind::kOrdinary || relation.kind == RelationKind::kTemporal)) {
    Status checked =
        catalog.check_drop(relation.schema.empty() ? read->schema : relation.schema, read->table);
    says_refusal = relation.kind == RelationKind::kTemporal && checked.code() == Code::kConstraint;
    if (!checked && !says_refusal) return checked;
  }
  const bool is_of_table = read->kind == Kind::kRenameTable || read->kind == Kind::kDropTable;
  const bool is_referring =
      read->kind == Kind::kAddColumn && relation.kind == RelationKind::kOrdinary &&
      references_temporal(reader, statement, relation.schema.empty() ? read->schema : relation.schema,
                          catalog);
  if (is_of_table ? !says_refusal && !is_succession(*read, relation, catalog)
                  : relation.kind != RelationKind::kTemporal && !is_versioning && !is_referring) {
    const bool is_of_names = read->kind == Kind::kRenameColumn || read->kind == Kind::kRenameTable ||
                             read->kind == Kind::kDropColumn || read->kind == Kind::kDropTable;
    if (is_of_names && relation.kind == RelationKind::kOrdinary)
      catalog.note_alteration({relation.schema, read->table}, unquote(read->column), unquote(read->new_name));
    return Answer();
  }
  if (read->schema.empty()) read->schema = relation.schema;
  const std::string table = (read->schema.empty() ? "" : quoted(read->schema) + ".") + quoted(read->table);
  std::string text = "SELECT 1 WHERE spectradb_alter('";
  const bool is_drop = read->kind == Kind::kDropTable;
  for (const char c : is_drop ? "DROP TABLE " + table : "ALTER TABLE " + table + " " + action_of(*read)) {
    if (c == '\'') text += c;
    text += c;
  }
  return Answer(text + "')");
}

constexpr std::string_view kFirstWordsOfAlterStatementForm[] = {"ALTER", "DROP"};
constexpr std::string_view kWordsOfAlterStatementForm[] = {"TABLE"};

}  // namespace

constinit const StatementForm kAlterStatementForm{kFirstWordsOfAlterStatementForm, kWordsOfAlterStatementForm,
                                                  rewrite_alter};

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> elements;
  const Reader reader(text, tokenize(text));
  for (size_t begin = 0; begin < reader.size();) {
    size_t end = begin;
    while (end < reader.size() && !reader.is_operator(end, ","))
      end = reader.is_operator(end, "(") ? reader.behind_parenthesis(end, reader.size()) : end + 1;
    elements.push_back(reader.joined({begin, end}));
    begin = end + 1;
  }
  return elements;
}

}  // namespace spectradb::sql

#include "extension/facets/reflection/reflected_table.h"

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include "extension/front/kept_statements.h"
#include "extension/host/query.h"
#include "extension/schema/index_catalog.h"
#include "extension/table/sql_catalog.h"
#include "sql/shape/expression.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

namespace {

// Returns the schemas in the order in which SQLite searches them.
std::vector<std::string> schemas_to_search(sqlite3* db, const std::optional<std::string>& schema) {
  if (schema) return {*schema};
  constexpr int kFirstOfAttached = 2;
  std::vector<std::string> schemas{"temp", "main"};
  for (int i = kFirstOfAttached; sqlite3_db_name(db, i) != nullptr; ++i)
    schemas.push_back(sqlite3_db_name(db, i));
  return schemas;
}

// Makes SQLite connect a virtual table, which it does when somebody asks for its columns. The question is
// stepped, because that reads the schema anew where another connection has changed it.
Status connect(Connection& connection, const std::optional<std::string>& schema, std::string_view name) {
  const KeptStatements::Preparing preparing(connection.part<KeptStatements>());
  const Status status = Query(connection.handle(), "PRAGMA " + (schema ? quoted(*schema) + "." : "") +
                                                       "table_info = " + quoted(name))
                            .step()
                            .status();
  return status.code() == Code::kNoMemory ? status : Status::ok();
}

// Uses only what SQLite has in memory, and runs no query.
bool has_own_table(sqlite3* db, const std::string& schema, const char* name) {
  return sqlite3_table_column_metadata(db, schema.c_str(), name, nullptr, nullptr, nullptr, nullptr, nullptr,
                                       nullptr) == SQLITE_OK;
}

// True also for a table without rowid of that name, whose key SQLite shows like an index.
Result<bool> has_ordinary_index(sqlite3* db, const std::string& schema, std::string_view name) {
  return Query(db, "PRAGMA " + quoted(schema) + ".index_info = " + quoted(name)).step();
}

// Returns the table in the name of an index that SQLite makes for a PRIMARY KEY or UNIQUE; nothing for any
// other name.
std::optional<std::string> table_of_automatic_index(std::string_view index) {
  constexpr std::string_view kPrefix = "sqlite_autoindex_";
  const size_t last = index.rfind('_');
  if (index.size() <= kPrefix.size() || !sql::equals_word(index.substr(0, kPrefix.size()), kPrefix) ||
      last <= kPrefix.size() || last + 1 == index.size() ||
      index.find_first_not_of("0123456789", last + 1) != std::string_view::npos)
    return std::nullopt;
  return std::string(index.substr(kPrefix.size(), last - kPrefix.size()));
}

// Returns the expression of a hidden column that an index made; null for other names.
const std::string* made_expression(const Definition& definition, std::string_view name) {
  for (size_t i = 0; i < definition.made_columns.size(); ++i) {
    if (!definition.made_columns[i].expression.empty() &&
        sql::equals_word(definition.schema.columns[i].name, name))
      return &definition.made_columns[i].expression;
  }
  return nullptr;
}

// Returns the text with such columns replaced by their expressions.
std::string with_expressions(const Definition& definition, const std::string& text) {
  const sql::Reader reader(text, sql::tokenize(text));
  std::string out;
  size_t copied = 0;
  for (size_t i = 0; i < reader.size(); ++i) {
    const std::string* made = reader.is_name(i) ? made_expression(definition, reader.name(i)) : nullptr;
    if (made == nullptr) continue;
    out.append(text, copied, reader.token(i).begin - copied).append("(" + *made + ")");
    copied = reader.token(i).end;
  }
  return out + text.substr(copied);
}

// Returns the condition of CASE WHEN (condition) THEN 1 END.
std::string condition_of_value(const std::string& value) {
  constexpr size_t kParenthesis = 2;
  const sql::Reader reader(value, sql::tokenize(value));
  if (!reader.is_words(0, "CASE", "WHEN") || !reader.is_operator(kParenthesis, "(")) return {};
  return reader.joined({kParenthesis + 1, reader.behind_parenthesis(kParenthesis, reader.size()) - 1});
}

// Returns the CREATE INDEX that the user wrote, in a normal form.
std::string text_of_named(const Definition& definition, const IndexCatalog::Named& index) {
  std::string text = std::string("CREATE ") + (index.is_unique ? "UNIQUE " : "") + "INDEX " +
                     quoted(index.name) + " ON " + quoted(definition.schema.name) + " " + index.definition;
  const sql::Reader reader(text, sql::tokenize(text));
  std::optional<sql::IndexStatement> statement = sql::read_index_statement(reader, {0, reader.size()});
  if (!statement) return text;
  std::vector<sql::IndexStatement::Part> parts;
  for (sql::IndexStatement::Part& part : statement->parts) {
    const std::string name = part.is_column ? sql::unquote(part.value) : std::string();
    if (sql::is_condition_column(name) && made_expression(definition, name) != nullptr) {
      statement->condition = condition_of_value(*made_expression(definition, name));
      continue;
    }
    part.value = with_expressions(definition, part.value);
    parts.push_back(std::move(part));
  }
  statement->parts = std::move(parts);
  return sql::text_of_index(*statement);
}

}  // namespace

Result<const Table*> find_reflected_table(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view name) {
  const std::vector<std::string> schemas = schemas_to_search(connection.handle(), schema);
  // This keeps questions about databases without temporal tables cheap.
  const bool has_catalog = std::any_of(schemas.begin(), schemas.end(), [&](const std::string& candidate) {
    return has_own_table(connection.handle(), candidate, "_spectradb_tables");
  });
  if (!has_catalog) return nullptr;
  SPECTRADB_RETURN_IF_ERROR(connect(connection, schema, name));
  bool is_connected = false;
  for (const std::string& candidate : schemas)
    is_connected = is_connected || connection.find_table(candidate, name) != nullptr;
  if (!is_connected) return nullptr;
  SqlCatalog catalog(connection);  // a table or view of another schema may be found first
  const sql::Relation relation = catalog.find(schema.value_or(""), name);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  if (relation.kind != sql::RelationKind::kTemporal) return nullptr;
  return connection.find_table(relation.schema, name);
}

Result<const Table*> find_reflected_index(Connection& connection, const std::optional<std::string>& schema,
                                          std::string_view index) {
  sqlite3* db = connection.handle();
  const std::optional<std::string> of_automatic = table_of_automatic_index(index);
  for (const std::string& candidate : schemas_to_search(db, schema)) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_ordinary, has_ordinary_index(db, candidate, index));
    if (is_ordinary && connection.find_table(candidate, index) == nullptr) return nullptr;
    std::optional<std::string> name;
    if (of_automatic && has_own_table(db, candidate, "_spectradb_tables")) name = of_automatic;
    if (!name && has_own_table(db, candidate, "_spectradb_indexes")) {
      SPECTRADB_ASSIGN_OR_RETURN(std::optional<IndexCatalog::Place> place,
                                 IndexCatalog(*connection.database(candidate)).find(index));
      if (place.has_value()) name = place->table;
    }
    if (!name) continue;
    Result<const Table*> table = find_reflected_table(connection, candidate, *name);
    if (!table || *table != nullptr) return table;
  }
  return find_reflected_table(connection, schema, index);  // it may be the key of a table without rowid
}

Result<Twin> reflect(const Table& table) {
  const Definition& definition = table.definition();
  std::vector<std::string> columns = definitions_with_document(definition);
  std::erase_if(columns, sql::defines_made_column);
  Result<Twin> twin =
      Twin::make(definition.schema.name, columns, definition.host, behind_columns(definition));
  if (!twin) return twin;
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<IndexCatalog::Named> indexes,
                             IndexCatalog(table.database()).named(definition.schema.id));
  for (const IndexCatalog::Named& index : indexes)
    SPECTRADB_RETURN_IF_ERROR(twin->run(text_of_named(definition, index)));
  return twin;
}

}  // namespace spectradb::extension

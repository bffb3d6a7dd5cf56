#include "extension/alter/expression_index.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "extension/alter/alter_table.h"
#include "extension/facet/index_kind.h"
#include "extension/host/query.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/twin.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "sql/shape/expression.h"

namespace spectradb::extension {

using sql::AlterStatement;
using sql::IndexStatement;

namespace {

// Finds the table as it is now: an altered one is connected again.
Result<const Table*> find_table(Connection& connection, const std::string& schema, const std::string& name) {
  SqlCatalog catalog(connection);
  const sql::Relation relation = catalog.find(schema, name);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  const Table* table =
      relation.kind == sql::RelationKind::kTemporal ? connection.find_table(schema, name) : nullptr;
  if (table == nullptr && connection.database(schema)->is_interrupted())
    return Status(Code::kInterrupted, "interrupted");
  if (table == nullptr) return Status::invalid("no such temporal table: " + name);
  return table;
}

// Returns SQLite's own verdict on the index.
Status check_index(const Definition& definition, IndexStatement statement) {
  SPECTRADB_ASSIGN_OR_RETURN(
      Twin twin, Twin::make(definition.schema.name, definitions_with_document(definition), definition.host));
  statement.table = definition.schema.name;
  return twin.run(sql::text_of_index(statement));
}

// Returns the collation under which SQLite compares an expression: an explicit one inside, the first; or that
// of a column with nothing but CAST and '+' around it (sqlite3ExprCollSeq; an index uses BINARY instead).
std::string collation_of(const temporal::TableSchema& schema, const std::string& expression) {
  const sql::Reader reader(expression, sql::tokenize(expression));
  for (size_t i = 0; i + 1 < reader.size(); ++i) {
    if (reader.is_word(i, "COLLATE")) return reader.name(i + 1);
  }
  sql::Span rest = sql::without_parentheses(reader, {0, reader.size()});
  for (;;) {
    const bool is_cast = reader.is_word(rest.begin, "CAST") && reader.is_operator(rest.begin + 1, "(") &&
                         reader.behind_parenthesis(rest.begin + 1, rest.end) == rest.end;
    if (is_cast) {
      size_t as = rest.end - 1;
      while (as > rest.begin && !reader.is_word(as, "AS")) --as;
      rest = {rest.begin + 2, as};
    } else if (reader.is_operator(rest.begin, "+")) {
      ++rest.begin;
    } else {
      break;
    }
    rest = sql::without_parentheses(reader, rest);
  }
  for (const temporal::Column& column : schema.columns) {
    if (rest.end == rest.begin + 1 && sql::equals_word(reader.name(rest.begin), column.name))
      return collation_name(column.collation);
  }
  return "BINARY";
}

// Returns the affinity of an expression as a type, empty for none: SQLite gives it to a table of the
// expression's values.
Result<std::string> type_of(const Definition& definition, const std::string& expression) {
  constexpr const char* kProbe = "_spectradb_probe";
  SPECTRADB_ASSIGN_OR_RETURN(
      Twin twin, Twin::make(definition.schema.name, definitions_with_document(definition), definition.host));
  SPECTRADB_RETURN_IF_ERROR(twin.run("CREATE TABLE " + quoted(kProbe) + " AS SELECT (" + expression +
                                     ") AS value FROM " + quoted(definition.schema.name)));
  Query type(twin.db(),
             "SELECT CASE type WHEN 'NUM' THEN 'NUMERIC' ELSE type END FROM pragma_table_info(?1)");
  type.bind(1, std::string_view(kProbe));
  Result<bool> row = type.step();
  if (!row) return row.status();
  return type.text(0);
}

// Defines a column that compares as the expression does.
Result<std::string> column_definition(const Definition& definition, const std::string& column,
                                      const std::string& expression) {
  Result<std::string> type = type_of(definition, expression);
  if (!type) return type;
  const std::string collation = collation_of(definition.schema, expression);
  return quoted(column) + (type->empty() ? "" : " " + *type) + " AS (" + expression + ")" +
         (collation == "BINARY" ? "" : " COLLATE " + quoted(collation));
}

// Returns the name of a hidden column that computes the expression: the existing one, or a new one.
Result<std::string> column_for(Connection& connection, const std::string& schema, const std::string& name,
                               const std::string& expression, std::string_view prefix) {
  SPECTRADB_ASSIGN_OR_RETURN(const Table* table, find_table(connection, schema, name));
  const Definition& definition = table->definition();
  int64_t number = 1;
  for (size_t i = 0; i < definition.made_columns.size(); ++i) {
    const std::string& made = definition.made_columns[i].expression;
    if (made.empty()) continue;
    if (sql::is_same_expression(made, expression)) return definition.schema.columns[i].name;
    ++number;
  }
  const auto is_taken = [&](const std::string& column) {
    return std::any_of(definition.schema.columns.begin(), definition.schema.columns.end(),
                       [&](const temporal::Column& each) { return sql::equals_word(each.name, column); });
  };
  std::string column;
  do {
    column = std::string(prefix) + std::to_string(number++);
  } while (is_taken(column));
  SPECTRADB_ASSIGN_OR_RETURN(std::string text, column_definition(definition, column, expression));
  AlterStatement statement;
  statement.kind = AlterStatement::Kind::kAddColumn;
  statement.schema = schema;
  statement.table = name;
  statement.definition = std::move(text);
  SPECTRADB_RETURN_IF_ERROR(alter_columns(connection, *table, statement));
  return column;
}

std::string without_parentheses(const std::string& expression) {
  const sql::Reader reader(expression, sql::tokenize(expression));
  return reader.joined(sql::without_parentheses(reader, {0, reader.size()}));
}

// Returns the column that an index of a kind is on: the user's, or one that computes the call's arguments.
Result<std::string> column_of_call(Connection& connection, const std::string& schema,
                                   const std::string& table, const KindCall& call) {
  const IndexKind& kind = *index_kinds()[static_cast<size_t>(call.kind) - 1];
  SPECTRADB_ASSIGN_OR_RETURN(const Table* found, find_table(connection, schema, table));
  const std::vector<temporal::Column>& columns = found->schema().columns;
  if (call.arguments.size() == 1) {
    const std::string name = sql::unquote(call.arguments[0]);
    if (std::any_of(columns.begin(), columns.end(),
                    [&name](const temporal::Column& column) { return sql::equals_word(column.name, name); }))
      return name;
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::string expression, kind.expression(call.arguments));
  return column_for(connection, schema, table, expression, sql::kExpressionPrefix);
}

// Returns the statement with columns in the place of expressions.
Result<IndexStatement> on_columns(Connection& connection, const std::string& schema,
                                  const IndexStatement& statement) {
  IndexStatement plain = statement;
  plain.if_not_exists = false;
  for (IndexStatement::Part& part : plain.parts) {
    if (part.is_column) continue;
    if (const std::optional<KindCall> call = read_kind_call(part.value)) {
      if (index_kinds()[static_cast<size_t>(call->kind) - 1]->has_options()) continue;
      SPECTRADB_ASSIGN_OR_RETURN(std::string column,
                                 column_of_call(connection, schema, statement.table, *call));
      part.value = "(" + std::string(index_kinds()[static_cast<size_t>(call->kind) - 1]->function) + "(" +
                   quoted(column) + "))";
      continue;
    }
    SPECTRADB_ASSIGN_OR_RETURN(
        std::string column, column_for(connection, schema, statement.table, without_parentheses(part.value),
                                       sql::kExpressionPrefix));
    part.value = quoted(column);
    if (!sql::equals_word(part.order.substr(0, part.order.find(' ')), "COLLATE"))
      part.order = "COLLATE BINARY" + (part.order.empty() ? "" : " " + part.order);
  }
  if (!plain.is_unique || plain.condition.empty()) return plain;
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string column,
      column_for(connection, schema, statement.table,
                 sql::condition_value(without_parentheses(plain.condition)), sql::kConditionPrefix));
  plain.parts.push_back({quoted(column), {}, true});
  plain.condition.clear();
  return plain;
}

}  // namespace

Status create_expression_index(Connection& connection, const std::string& schema,
                               const IndexStatement& statement) {
  const std::shared_ptr<Database> database = connection.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_taken, IndexCatalog(*database).is_taken(statement.name));
  if (is_taken) {
    return statement.if_not_exists ? Status::ok()
                                   : Status::invalid("index " + statement.name + " already exists");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const Table* table, find_table(connection, schema, statement.table));
  SPECTRADB_RETURN_IF_ERROR(check_index(table->definition(), statement));
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_ASSIGN_OR_RETURN(IndexStatement plain, on_columns(connection, schema, statement));
  Query define(connection.handle(),
               "DELETE FROM " + database->qualified(statement.table) + " WHERE _define = ?1");
  const std::string text = sql::text_of_index(plain);
  SPECTRADB_RETURN_IF_ERROR(define.bind(1, std::string_view(text)).run());
  return change.keep();
}

Status drop_unused_expressions(Connection& connection, const std::string& schema, const std::string& table) {
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const Table* found, find_table(connection, schema, table));
    const std::vector<temporal::Column>& columns = found->schema().columns;
    const std::vector<temporal::IndexSchema>& indexes = found->indexes();
    const auto is_unused = [&](const temporal::Column& column) {
      const int place = static_cast<int>(&column - columns.data());
      return column.is_hidden &&
             std::none_of(indexes.begin(), indexes.end(), [place](const temporal::IndexSchema& index) {
               return std::any_of(index.parts.begin(), index.parts.end(),
                                  [place](const temporal::IndexPart& part) { return part.column == place; });
             });
    };
    const auto unused = std::find_if(columns.begin(), columns.end(), is_unused);
    if (unused == columns.end()) return Status::ok();
    AlterStatement statement;
    statement.kind = AlterStatement::Kind::kDropColumn;
    statement.schema = schema;
    statement.table = table;
    statement.column = quoted(unused->name);
    SPECTRADB_RETURN_IF_ERROR(alter_columns(connection, *found, statement));
  }
}

}  // namespace spectradb::extension

#include "extension/alter/alter_table.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/alter/ask_index.h"
#include "extension/alter/expression_index.h"
#include "extension/alter/referring_tables.h"
#include "extension/front/kept_statements.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/schema/checked_columns.h"
#include "extension/schema/column_catalog.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/twin.h"
#include "extension/session/transaction.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "extension/times/session_time.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/present_table.h"
#include "extension/write/reference_table.h"
#include "sql/shape/expression.h"
#include "sql/shape/nested_statement.h"
#include "sql/statements/create_table.h"
#include "sql/statements/index_statement.h"
#include "sql/statements/references.h"

namespace spectradb::extension {

using sql::AlterStatement;
using temporal::Column;
using temporal::TableKind;
using temporal::TableSchema;
using temporal::Value;

namespace {

using Kind = AlterStatement::Kind;

// A document table must keep its key and its document.
Status check_document(const TableSchema& schema, const AlterStatement& statement) {
  if (schema.kind != TableKind::kDocument || statement.kind == Kind::kAddColumn) return Status::ok();
  for (const char* own : {"pk", "doc"}) {
    if (sqlite3_stricmp(sql::unquote(statement.column).c_str(), own) != 0) continue;
    return Status::invalid("column " + sql::unquote(statement.column) + " of document table " + schema.name +
                           " cannot be renamed or dropped");
  }
  return Status::ok();
}

// Columns must not get the names of hidden ones.
Status check_renaming(const AlterStatement& statement) {
  if (statement.kind != Kind::kRenameColumn) return Status::ok();
  for (const std::string& text : {statement.column, statement.new_name}) {
    if (sql::is_made_by_index(sql::unquote(text)))
      return Status::invalid("column " + sql::unquote(text) +
                             ": names of this form are those of columns that indexes on expressions make");
  }
  return Status::ok();
}

// The definitions and the indexes after the change.
struct Altered {
  std::vector<std::string> definitions;
  bool adds_stored = false;  // the new column is a STORED generated one
  std::vector<IndexCatalog::Named> indexes;
};

Result<std::vector<std::string>> definitions_of(sqlite3* db, const std::string& table) {
  Query query(db, "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?1");
  query.bind(1, std::string_view(table));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
  const std::string text = row ? query.text(0) : std::string();
  const std::optional<std::string> list = sql::column_list(text);
  if (!list) return Status::corrupt("the altered definition of table " + table + " cannot be read: " + text);
  return sql::split_list(*list);
}

// Returns 0 for an ordinary column, 2 for a VIRTUAL and 3 for a STORED generated one, as PRAGMA table_xinfo
// does.
Result<int64_t> kind_of_last_column(sqlite3* db, const std::string& table) {
  Query query(db, "SELECT hidden FROM pragma_table_xinfo(?1) ORDER BY cid DESC LIMIT 1");
  query.bind(1, std::string_view(table));
  Result<bool> row = query.step();
  if (!row) return row.status();
  return query.integer(0);
}

// Returns the index as the user wrote it, "by_user ON (doc ->> '$.user')", without its hidden column.
std::string as_expressions(const Definition& definition, const std::string& index) {
  const sql::Reader reader(index, sql::tokenize(index));
  std::string out;
  for (size_t i = 0; i < reader.size(); ++i) {
    std::string token(reader.text(i));
    for (size_t column = 0; column < definition.made_columns.size(); ++column) {
      const std::string& expression = definition.made_columns[column].expression;
      if (!expression.empty() && reader.is_name(i) &&
          sql::equals_word(reader.name(i), definition.schema.columns[column].name))
        token = "(" + expression + ")";
    }
    out += token + " ";
  }
  return out;
}

// Fails in SQLite's words where an index on an expression needs the column.
Status check_unindexed(const Definition& definition, const std::vector<IndexCatalog::Named>& indexes,
                       const AlterStatement& statement) {
  std::vector<std::string> columns;
  bool has_made = false;
  for (const std::string& text : definitions_with_document(definition)) {
    const bool is_made = sql::defines_made_column(text);
    if (!is_made) columns.push_back(text);
    has_made = has_made || is_made;
  }
  if (!has_made || sql::is_made_by_index(sql::unquote(statement.column))) return Status::ok();
  const std::string& table = definition.schema.name;
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin, Twin::make(table, columns, definition.host));
  for (const IndexCatalog::Named& index : indexes)
    SPECTRADB_RETURN_IF_ERROR(twin.run("CREATE INDEX " + quoted(index.name) + " ON " + quoted(table) +
                                       as_expressions(definition, index.definition)));
  return twin.run("ALTER TABLE " + quoted(table) + " " + sql::action_of(statement));
}

Result<Altered> alter_twin(const Definition& definition, const std::vector<IndexCatalog::Named>& indexes,
                           const AlterStatement& statement) {
  const std::string& table = definition.schema.name;
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin,
                             Twin::make(table, definitions_with_document(definition), definition.host));
  for (const IndexCatalog::Named& index : indexes) {
    SPECTRADB_RETURN_IF_ERROR(
        twin.run("CREATE INDEX " + quoted(index.name) + " ON " + quoted(table) + index.definition));
  }
  if (statement.kind == Kind::kDropColumn)
    SPECTRADB_RETURN_IF_ERROR(check_unindexed(definition, indexes, statement));
  SPECTRADB_RETURN_IF_ERROR(twin.run("ALTER TABLE " + quoted(table) + " " + sql::action_of(statement)));
  Altered altered;
  if (statement.kind == Kind::kAddColumn) {
    constexpr int64_t kStored = 3;
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t kind, kind_of_last_column(twin.db(), table));
    altered.adds_stored = kind == kStored;
    if (kind == 0 && definition.schema.kind == TableKind::kDocument) {
      return Status::invalid("table " + table +
                             " is a document table: a column of it is read from its documents, as "
                             "in ADD COLUMN x TEXT AS (doc ->> '$.x')");
    }
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> definitions, definitions_of(twin.db(), table));
  altered.definitions = std::move(definitions);
  if (definition.schema.kind == TableKind::kDocument && !altered.definitions.empty())
    altered.definitions.erase(altered.definitions.begin() + 1);  // the document itself
  Query changed(twin.db(), "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, changed.step());
    if (!row) return altered;
    const std::string text = changed.text(1);
    const sql::Reader reader(text, sql::tokenize(text));
    const auto index = sql::read_index_statement(reader, {0, reader.size()});
    if (!index) return Status::corrupt("the altered index " + changed.text(0) + " cannot be read: " + text);
    altered.indexes.push_back({changed.text(0), index->definition});
  }
}

// Returns the definition of the altered table, without places and values of older rows.
Result<Definition> altered_definition(const Definition& before, const Altered& altered) {
  std::vector<std::string> arguments = altered.definitions;
  arguments.insert(arguments.end(), before.options.begin(), before.options.end());
  Result<Definition> after = read_definition(before.schema.name, arguments, before.host);
  if (after) SPECTRADB_RETURN_IF_ERROR(check_available(*after));
  if (!after) return after;
  after->schema.id = before.schema.id;
  return after;
}

Result<bool> has_rows(Database& database, const TableSchema& schema) {
  Query query(database.connection().handle(),
              "SELECT 1 FROM " + database.qualified(schema.name) + "(x'', 'all') LIMIT 1");
  return query.step();
}

// Finds the value that SQLite gives to existing rows when a column is added. SQLite refuses some columns for
// tables with rows, so the column is added to a table with the same columns and one row.
Status set_value_of_older_rows(sqlite3* host, const TableSchema& before, const AlterStatement& statement,
                               Column& added) {
  std::vector<std::string> columns;
  for (const Column& column : before.columns) columns.push_back(quoted(column.name));
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin, Twin::make(before.name, columns, host));
  SPECTRADB_RETURN_IF_ERROR(execute(twin.db(), "PRAGMA ignore_check_constraints = 1"));
  SPECTRADB_RETURN_IF_ERROR(execute(twin.db(), "INSERT INTO " + quoted(before.name) + " DEFAULT VALUES"));
  SPECTRADB_RETURN_IF_ERROR(twin.run("ALTER TABLE " + quoted(before.name) + " " + sql::action_of(statement)));
  Query query(twin.db(), "SELECT " + quoted(added.name) + " FROM " + quoted(before.name));
  Result<bool> row = query.step();
  if (!row) return row.status();
  const Value value = from_sqlite(sqlite3_column_value(query.statement(), 0));
  if (!value.is_null()) added.before = std::make_shared<const temporal::StoredValue>(value);
  return Status::ok();
}

// Sets where the values of the columns lie after the change.
Status lay_out(Database& database, const TableSchema& before, const AlterStatement& statement,
               const Altered& altered, TableSchema& after) {
  std::vector<int> payload = before.payload;
  if (payload.empty()) {
    for (size_t i = 0; i < before.columns.size(); ++i)
      if (before.columns[i].key_position < 0) payload.push_back(static_cast<int>(i));
  }
  // Finds where a column is now: a new column of the user's comes before those that indexes made.
  const auto place_of = [&after](const std::string& name) {
    const auto found = std::find_if(after.columns.begin(), after.columns.end(), [&](const Column& column) {
      return sqlite3_stricmp(column.name.c_str(), name.c_str()) == 0;
    });
    return found == after.columns.end() ? -1 : static_cast<int>(found - after.columns.begin());
  };
  std::vector<int> moved;  // -1: dropped
  for (size_t i = 0; i < before.columns.size(); ++i) {
    const int place =
        statement.kind == Kind::kRenameColumn ? static_cast<int>(i) : place_of(before.columns[i].name);
    moved.push_back(place);
    if (place < 0) continue;
    after.columns[static_cast<size_t>(place)].before = before.columns[i].before;
    after.columns[static_cast<size_t>(place)].is_added = before.columns[i].is_added;
  }
  for (int& column : payload) column = column < 0 ? -1 : moved[static_cast<size_t>(column)];
  if (statement.kind == Kind::kAddColumn) {
    size_t place = 0;
    while (std::find(moved.begin(), moved.end(), static_cast<int>(place)) != moved.end()) ++place;
    Column& added = after.columns[place];
    added.is_added = true;
    payload.push_back(static_cast<int>(place));
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_filled, has_rows(database, before));
    if (is_filled && altered.adds_stored)
      return Status::invalid("cannot add a STORED column");  // SQLite's own words
    // History shows NULL where no value can be given, even if a row could not have it.
    Status status = added.is_generated
                        ? Status::ok()
                        : set_value_of_older_rows(database.connection().handle(), before, statement, added);
    if (!status && (is_filled || status.code() != Code::kInvalid)) return status;
  }
  after.payload = std::move(payload);
  return Status::ok();
}

// Checks existing rows against the new column's CHECK and NOT NULL, as SQLite does.
Status judge_rows(Database& database, const Definition& definition) {
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<RowJudge> judge, RowJudge::make(definition));
  std::string columns;
  for (const Column& column : definition.schema.columns)
    columns += (columns.empty() ? "" : ", ") + quoted(column.name);
  Query rows(database.connection().handle(),
             "SELECT " + columns + " FROM " + database.qualified(definition.schema.name) + "(x'', 'all')");
  std::vector<Value> row(definition.schema.columns.size());
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return Status::ok();
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = from_sqlite(sqlite3_column_value(rows.statement(), static_cast<int>(i)));
    const Status status = judge->judge(row);
    if (status.code() == Code::kConstraint)  // SQLite's own words: without the constraint
      return Status::invalid(status.message().substr(0, status.message().find(':')));
    SPECTRADB_RETURN_IF_ERROR(status);
    SPECTRADB_RETURN_IF_ERROR(check_types(definition, row));
  }
}

std::string create_statement(const Definition& definition) {
  std::string arguments;
  for (const std::string& column : definition.columns)
    arguments +=
        (arguments.empty() ? "" : ", ") +
        (definition.form == temporal::DefinitionForm::kLiterals ? sql::string_literal(column) : column);
  for (const std::string& option : definition.options) arguments += ", " + option;
  return "CREATE VIRTUAL TABLE " + quoted(definition.schema.name) + " USING spectradb(" + arguments + ")";
}

// SQLite's copy of the table's foreign keys names its columns; it is dropped, and made again with the new
// names. It follows renamed ordinary tables, which the definition does not.
Status drop_references(SchemaChange& change, Database& database, const TableSchema& schema) {
  Result<std::vector<std::string>> names = ReferenceTable::names_of(database, schema.id);
  if (!names || names->empty()) return names.status();
  SPECTRADB_RETURN_IF_ERROR(database.foreign_keys().check_parent_names(schema));
  for (const std::string& name : *names) SPECTRADB_RETURN_IF_ERROR(change.drop_table(name));
  return Status::ok();
}

// Ordinary tables may refer to a later column of the same name, whose values are others.
Status drop_from_present(SchemaChange& change, Database& database, const std::string& table,
                         const std::string& column) {
  if (!PresentTable::has_column(database, table, column)) return Status::ok();
  const Table* altered = database.connection().find_table(database.schema(), table);
  if (altered == nullptr) return Status::invalid("no such table: " + table);
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database.connection().database(database.schema())));
  return database.foreign_keys().make_present(change, *altered);
}

Status refuse_what_breaks(Database& database, const std::set<std::string>& before,
                          const AlterStatement& statement) {
  SPECTRADB_ASSIGN_OR_RETURN(std::set<std::string> after, broken_objects(database));
  for (const std::string& broken : after) {
    if (before.count(broken) > 0) continue;
    return Status::invalid("error in " + broken + " after " +
                           (statement.kind == Kind::kRenameColumn ? "rename" : "drop column") +
                           "; drop it first, and make it anew afterwards");
  }
  return Status::ok();
}

}  // namespace

Status alter_columns(Connection& connection, const Table& table, const AlterStatement& statement) {
  const std::shared_ptr<Database> database = connection.database(table.database().schema());
  // A copy: the table object ends when the schema is read again.
  const auto before = Definition(table.definition());
  SPECTRADB_RETURN_IF_ERROR(check_document(before.schema, statement));
  SPECTRADB_RETURN_IF_ERROR(check_renaming(statement));
  if (statement.kind != Kind::kAddColumn) {
    SPECTRADB_RETURN_IF_ERROR(
        database->foreign_keys().check_unnamed(before.schema.name, sql::unquote(statement.column)));
  }
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(drop_references(change, *database, before.schema));
  SPECTRADB_ASSIGN_OR_RETURN(std::set<std::string> broken, broken_objects(*database));
  IndexCatalog indexes(*database);
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<IndexCatalog::Named> named, indexes.named(before.schema.id));
  SPECTRADB_ASSIGN_OR_RETURN(Altered altered, alter_twin(before, named, statement));
  SPECTRADB_ASSIGN_OR_RETURN(Definition after, altered_definition(before, altered));
  SPECTRADB_RETURN_IF_ERROR(lay_out(*database, before.schema, statement, altered, after.schema));
  SPECTRADB_RETURN_IF_ERROR(check_types_of_older_rows(after));
  SPECTRADB_RETURN_IF_ERROR(ColumnCatalog(*database).store(after.schema));
  for (const IndexCatalog::Named& index : altered.indexes)
    SPECTRADB_RETURN_IF_ERROR(indexes.redefine(before.schema.id, index.name, index.definition));
  Definition written = after;
  written.columns = altered.definitions;
  SPECTRADB_RETURN_IF_ERROR(change.set_definition(before.schema.name, create_statement(written)));
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  if (statement.kind == Kind::kAddColumn) {
    const sql::Reader added(statement.definition, sql::tokenize(statement.definition));
    if (after.needs_judge && !sql::is_made_by_index(added.name(0)))
      SPECTRADB_RETURN_IF_ERROR(judge_rows(*database, after));
  } else {
    SPECTRADB_RETURN_IF_ERROR(refuse_what_breaks(*database, broken, statement));
  }
  if (statement.kind == Kind::kRenameColumn) {
    SPECTRADB_RETURN_IF_ERROR(PresentTable::rename_column(
        *database, before.schema.name, sql::unquote(statement.column), sql::unquote(statement.new_name)));
  }
  if (statement.kind != Kind::kAddColumn)
    connection.part<Transaction>().origins().column_renamed(
        origin_name(database->schema(), before.schema.name), sql::unquote(statement.column),
        statement.kind == Kind::kRenameColumn ? sql::unquote(statement.new_name) : std::string(),
        TableOrigins::Certainty::kDone);
  if (statement.kind == Kind::kDropColumn)
    SPECTRADB_RETURN_IF_ERROR(
        drop_from_present(change, *database, before.schema.name, sql::unquote(statement.column)));
  if (!after.foreign_keys.empty()) {
    SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
    SPECTRADB_RETURN_IF_ERROR(database->foreign_keys().make_references());
  }
  return change.keep();
}

namespace {

// Hidden columns that no index uses must not keep the column from being dropped.
Status drop_column(Connection& connection, const Table& table, const AlterStatement& statement) {
  const std::vector<Column>& columns = table.schema().columns;
  if (std::none_of(columns.begin(), columns.end(), [](const Column& column) { return column.is_hidden; }))
    return alter_columns(connection, table, statement);
  const std::shared_ptr<Database> database = connection.database(table.database().schema());
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(drop_unused_expressions(connection, statement.schema, statement.table));
  const Table* left = connection.find_table(statement.schema, statement.table);
  if (left == nullptr) return Status::invalid("no such table: " + statement.table);
  SPECTRADB_RETURN_IF_ERROR(alter_columns(connection, *left, statement));
  return change.keep();
}

Status create_index(Connection& connection, const sql::IndexStatement& statement) {
  SqlCatalog catalog(connection);
  const sql::Relation relation = catalog.find(statement.schema, statement.table);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  if (relation.kind == sql::RelationKind::kNone) return Status::invalid("no such table: " + statement.table);
  if (relation.kind != sql::RelationKind::kTemporal)
    return Status::invalid("table " + statement.table + " is no temporal table: use CREATE INDEX itself" +
                           catalog.why_ordinary(relation.schema, statement.table));
  SPECTRADB_RETURN_IF_ERROR(ask_to_index(connection.handle(), relation.schema, statement.table, statement));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, relation.schema, "CREATE INDEX"));
  return create_expression_index(connection, relation.schema, statement);
}

Status alter(Connection& connection, const Value& text) {
  const sql::Reader reader(text.bytes, sql::tokenize(text.bytes));
  std::optional<AlterStatement> statement;
  std::optional<sql::IndexStatement> index;
  if (text.type == Value::Type::kText && reader.is_sound()) {
    statement = sql::read_alter_statement(reader, {0, reader.size()});
    index = sql::read_index_statement(reader, {0, reader.size()});
    if (index && index->kind != sql::IndexStatement::Kind::kCreate) index.reset();
  }
  Status unknown = Status::invalid(
      "spectradb_alter takes the text of an ALTER TABLE that adds, renames or drops a column, "
      "or adds SYSTEM VERSIONING, or of a CREATE INDEX, not " +
      spelled(text));
  const bool is_table = reader.is_sound() && !index && reader.is_word(0, "CREATE") &&
                        (reader.is_word(1, "TABLE") || reader.is_word(2, "TABLE"));
  if (!statement && !index && !is_table) return unknown;
  SPECTRADB_RETURN_IF_ERROR(connection.check_process());
  SPECTRADB_RETURN_IF_ERROR(check_session_writes(connection));
  connection.forget_targets();
  if (index) return create_index(connection, *index);
  if (is_table) return create_referring(connection, reader);
  SqlCatalog catalog(connection);
  const sql::Relation relation = catalog.find(statement->schema, statement->table);
  SPECTRADB_RETURN_IF_ERROR(catalog.failure());
  const bool is_temporal = relation.kind == sql::RelationKind::kTemporal;
  if (relation.kind == sql::RelationKind::kNone) return Status::invalid("no such table: " + statement->table);
  statement->schema = relation.schema;
  const bool is_drop = statement->kind == Kind::kDropColumn;
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(), SQLITE_ALTER_TABLE, relation.schema.c_str(),
                                           statement->table.c_str(),
                                           is_drop ? sql::unquote(statement->column).c_str() : nullptr));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, relation.schema, "ALTER TABLE"));
  if (statement->kind == Kind::kDropVersioning) {
    return Status::invalid(
        is_temporal ? "the history of table " + statement->table +
                          " cannot be dropped alone: CREATE TABLE … AS SELECT what shall stay, and "
                          "DROP TABLE " +
                          statement->table
                    : "table " + statement->table + " has no system versioning");
  }
  if (sql::is_succession(*statement, relation, catalog)) return let_succeed(connection, *statement);
  // SQLite runs every other DROP TABLE itself.
  if (statement->kind == Kind::kDropTable && is_temporal)
    SPECTRADB_RETURN_IF_ERROR(catalog.check_drop(statement->schema, statement->table));
  if (statement->kind == Kind::kRenameTable || statement->kind == Kind::kDropTable) return unknown;
  if (statement->kind == Kind::kAddVersioning) {
    if (is_temporal) return Status::invalid("table " + statement->table + " has system versioning already");
    return add_versioning(connection, *statement);
  }
  const Table* table = connection.find_table(relation.schema, statement->table);
  const bool adds_reference = statement->kind == Kind::kAddColumn &&
                              relation.kind == sql::RelationKind::kOrdinary &&
                              sql::references_temporal(reader, {0, reader.size()}, relation.schema, catalog);
  if (adds_reference) return add_referring_column(connection, *statement);
  if (!is_temporal || table == nullptr)
    return Status::invalid("table " + statement->table + " is no temporal table: use ALTER TABLE itself" +
                           catalog.why_ordinary(relation.schema, statement->table));
  if (statement->kind == Kind::kDropColumn) return drop_column(connection, *table, *statement);
  return alter_columns(connection, *table, *statement);
}

// Implements spectradb_alter('ALTER TABLE …').
Status alter_function(const FunctionCall& call) {
  SPECTRADB_RETURN_IF_ERROR(call.connection.part<KeptStatements>().look());
  Status status = alter(call.connection, from_sqlite(call.arguments[0]));
  if (status.code() != Code::kConstraint) return status;
  // Only DROP TABLE asks for foreign keys, and only a new UNIQUE index can be violated by existing rows here.
  report(call.context, status);
  const bool is_of_reference = status.message().starts_with("FOREIGN KEY");
  sqlite3_result_error_code(call.context,
                            is_of_reference ? SQLITE_CONSTRAINT_FOREIGNKEY : SQLITE_CONSTRAINT_UNIQUE);
  return Status::ok();
}

constexpr Function kFunctions[] = {{"spectradb_alter", 1, SQLITE_DIRECTONLY, alter_function}};

}  // namespace

std::span<const Function> alter_functions() { return kFunctions; }

}  // namespace spectradb::extension

#include <algorithm>
#include <string>
#include <vector>

#include "extension/alter/alter_table.h"
#include "extension/alter/expression_index.h"
#include "extension/alter/referring_tables.h"
#include "extension/host/errors.h"
#include "extension/host/query.h"
#include "extension/host/setting.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/index_catalog.h"
#include "extension/schema/schema_change.h"
#include "extension/schema/sequence.h"
#include "extension/session/transaction.h"
#include "extension/table/opened_table.h"
#include "extension/table/sql_catalog.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/reference_table.h"
#include "sql/statements/create_table.h"
#include "sql/statements/definition_literals.h"

namespace spectradb::extension {

namespace {

constexpr const char* kOldName = "_spectradb_converted";

// Refuses what an ordinary table can have and a temporal one cannot.
Status check_convertible(Database& database, const std::string& table) {
  sqlite3* db = database.connection().handle();
  Query kind(db,
             "SELECT type, wr, strict FROM pragma_table_list(?1) WHERE schema = ?2 COLLATE NOCASE AND EXISTS "
             "(SELECT 1 FROM " +
                 database.qualified("sqlite_master") + " WHERE name = ?1 COLLATE NOCASE AND rootpage > 0)");
  kind.bind(1, std::string_view(table)).bind(2, std::string_view(database.schema()));
  Result<bool> row = kind.step();
  if (!row) return row.status();
  const bool is_internal = sqlite3_strnicmp(table.c_str(), "sqlite_", 7) == 0 ||
                           sqlite3_strnicmp(table.c_str(), "_spectradb_", 11) == 0;
  if (!*row || kind.text(0) != "table" || is_internal)
    return Status::invalid("table " + table + " may not be altered");
  if (kind.integer(2) != 0) {
    return Status::invalid("table " + table +
                           " is STRICT, which temporal tables cannot be: convert a table without it");
  }
  kind.reset();
  Query triggers(
      db, "SELECT name FROM " + database.qualified("sqlite_master") +
              " WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE UNION SELECT name FROM "
              "sqlite_temp_master WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE ORDER BY name");
  triggers.bind(1, std::string_view(table));
  std::string names;
  size_t count = 0;
  for (;; ++count) {
    row = triggers.step();
    if (!row) return row.status();
    if (!*row) break;
    names += (count == 0 ? "" : ", ") + triggers.text(0);
  }
  if (count == 0) return Status::ok();
  return Status::invalid("table " + table + " has the trigger" + (count == 1 ? " " : "s ") + names +
                         ", which SQLite allows no virtual table to have: drop " +
                         (count == 1 ? "it" : "them") + " first, and make " + (count == 1 ? "it" : "them") +
                         " anew INSTEAD OF on a view of the table that statements write to");
}

Result<bool> is_without_rowid(Database& database, const std::string& table) {
  Query kind(database.connection().handle(),
             "SELECT wr FROM pragma_table_list(?1) WHERE schema = ?2 COLLATE NOCASE");
  kind.bind(1, std::string_view(table)).bind(2, std::string_view(database.schema()));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, kind.step());
  return row && kind.integer(0) != 0;
}

struct OrdinaryTable {
  std::string definitions;           // the text in the parentheses of its CREATE TABLE
  std::vector<std::string> indexes;  // the texts of its CREATE INDEX statements
  std::string columns;               // the columns that can be inserted, as a list
  std::string order;                 // the order that the rows have
};

Result<OrdinaryTable> read_table(Database& database, const std::string& table) {
  sqlite3* db = database.connection().handle();
  OrdinaryTable read;
  Query create(db, "SELECT sql FROM " + database.qualified("sqlite_master") +
                       " WHERE type = 'table' AND name = ?1 COLLATE NOCASE");
  create.bind(1, std::string_view(table));
  Result<bool> row = create.step();
  if (!row) return row.status();
  const std::string text = *row ? create.text(0) : std::string();
  create.reset();
  const std::optional<std::string> definitions = sql::column_list(text);
  if (!definitions) return Status::corrupt("the definition of table " + table + " cannot be read: " + text);
  read.definitions = with_temporal_parents(*definitions);
  Query indexes(
      db, "SELECT sql FROM " + database.qualified("sqlite_master") +
              " WHERE type = 'index' AND tbl_name = ?1 COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid");
  indexes.bind(1, std::string_view(table));
  for (;;) {
    row = indexes.step();
    if (!row) return row.status();
    if (!*row) break;
    read.indexes.push_back(indexes.text(0));
  }
  Query columns(db, "SELECT name, hidden, pk FROM pragma_table_xinfo(?1, ?2)");
  columns.bind(1, std::string_view(table)).bind(2, std::string_view(database.schema()));
  bool has_key = false;
  for (;;) {
    row = columns.step();
    if (!row) return row.status();
    if (!*row) break;
    if (columns.integer(1) == 0) read.columns += (read.columns.empty() ? "" : ", ") + quoted(columns.text(0));
    has_key = has_key || columns.integer(2) > 0;
  }
  if (!has_key) read.order = " ORDER BY rowid";
  return read;
}

// Passes CREATE INDEX to the temporal table as sql/statements/index_statement.h describes.
Status create_index(Database& database, const std::string& table, const std::string& text) {
  const sql::Reader reader(text, sql::tokenize(text));
  const std::optional<sql::IndexStatement> statement = sql::read_index_statement(reader, {0, reader.size()});
  if (statement && statement->needs_columns())
    return create_expression_index(database.connection(), database.schema(), *statement);
  Query define(database.connection().handle(),
               "DELETE FROM " + database.qualified(table) + " WHERE _define = ?1");
  return define.bind(1, std::string_view(text)).run();
}

// Temporal tables may have referred to the table while it was ordinary.
Status drop_references_to(SchemaChange& change, Database& database, const std::string& table) {
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<std::string> names,
                             ReferenceTable::names_of(database, std::nullopt));
  for (const std::string& name : names) {
    SPECTRADB_ASSIGN_OR_RETURN(std::string parent, ReferenceTable::parent_of(database, name));
    if (sqlite3_stricmp(parent.c_str(), table.c_str()) == 0)
      SPECTRADB_RETURN_IF_ERROR(change.drop_table(name));
  }
  return Status::ok();
}

Status convert(SchemaChange& change, const std::shared_ptr<Database>& database, const std::string& table,
               const std::string& given_options) {
  sqlite3* db = database->connection().handle();
  SPECTRADB_RETURN_IF_ERROR(check_convertible(*database, table));
  SPECTRADB_ASSIGN_OR_RETURN(OrdinaryTable ordinary, read_table(*database, table));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_no_rowid, is_without_rowid(*database, table));
  const std::string options = sql::options_of_successor(given_options, has_no_rowid);
  change.ignore_foreign_keys();
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t highest_key, read_sequence(*database, table));
  {
    // Views keep their text: they mean the table of that name, which is another one afterwards.
    const Setting legacy(db, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 1);
    SPECTRADB_RETURN_IF_ERROR(
        execute(db, "ALTER TABLE " + database->qualified(table) + " RENAME TO " + quoted(kOldName)));
  }
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE VIRTUAL TABLE " + database->qualified(table) + " USING spectradb(" +
                      (sql::wants_literals(options) ? sql::definitions_as_literals(ordinary.definitions)
                                                    : ordinary.definitions) +
                      (options.empty() ? "" : ", " + options) + ")"));
  // All columns are given: NULL is NULL, and no DEFAULT.
  SPECTRADB_ASSIGN_OR_RETURN(const Table* const made, opened_table(*database, table));
  SPECTRADB_RETURN_IF_ERROR(execute(db, "INSERT INTO " + database->qualified(table) + "(" + ordinary.columns +
                                            ", " + quoted(hidden_name(kGiven, made->schema())) + ") SELECT " +
                                            ordinary.columns + ", 1 FROM " + database->qualified(kOldName) +
                                            ordinary.order));
  SPECTRADB_RETURN_IF_ERROR(change.drop_table(kOldName));
  SPECTRADB_RETURN_IF_ERROR(drop_references_to(change, *database, table));
  if (highest_key > 0) SPECTRADB_RETURN_IF_ERROR(write_sequence(*database, table, highest_key));
  for (const std::string& index : ordinary.indexes)
    SPECTRADB_RETURN_IF_ERROR(create_index(*database, table, index));
  SPECTRADB_RETURN_IF_ERROR(adopt_referring(change, database->connection(), *database, table));
  database->foreign_keys().table_converted(table);
  return Status::ok();
}

// Gives the table a history, with the options of the table that it continues.
Status convert_successor(SchemaChange& change, const std::shared_ptr<Database>& database,
                         const std::string& table) {
  SqlCatalog catalog(database->connection());
  const std::optional<sql::DroppedRelation> dropped = catalog.find_dropped(database->schema(), table);
  SPECTRADB_RETURN_IF_ERROR(convert(change, database, table, dropped ? dropped->options : std::string()));
  // What refers to it is right at once: mappers check foreign keys before they commit.
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  return database->foreign_keys().make_missing_presents();
}

}  // namespace

Status add_versioning(Connection& connection, const sql::AlterStatement& statement) {
  const std::shared_ptr<Database> database = connection.database(statement.schema);
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(convert(change, database, statement.table, statement.definition));
  return change.keep();
}

Status let_succeed(Connection& connection, const sql::AlterStatement& statement) {
  const std::shared_ptr<Database> database = connection.database(statement.schema);
  SchemaChange change(*database);
  if (statement.kind == sql::AlterStatement::Kind::kDropTable) {
    const std::optional<std::string> name =
        SqlCatalog(connection).find_replacement(statement.schema, statement.table);
    if (!name) return Status::invalid("no table has taken the place of table " + statement.table);
    SPECTRADB_RETURN_IF_ERROR(SqlCatalog(connection).check_drop(statement.schema, statement.table));
    SPECTRADB_RETURN_IF_ERROR(change.begin());
    SPECTRADB_RETURN_IF_ERROR(change.drop_table(statement.table));
    SPECTRADB_RETURN_IF_ERROR(convert_successor(change, database, *name));
    return change.keep();
  }
  const std::string new_name = sql::unquote(statement.new_name);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(
      execute(connection.handle(),
              "ALTER TABLE " + database->qualified(statement.table) + " RENAME TO " + quoted(new_name)));
  connection.part<Transaction>().origins().renamed(origin_name(database->schema(), statement.table),
                                                   origin_name(database->schema(), new_name));
  SPECTRADB_RETURN_IF_ERROR(convert_successor(change, database, new_name));
  return change.keep();
}

}  // namespace spectradb::extension

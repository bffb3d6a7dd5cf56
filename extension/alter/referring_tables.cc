#include "extension/alter/referring_tables.h"

#include <memory>
#include <optional>
#include <vector>

#include "extension/access/gate.h"
#include "extension/access/read_only.h"
#include "extension/host/query.h"
#include "extension/host/setting.h"
#include "extension/session/database.h"
#include "extension/session/transaction.h"
#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/present_table.h"
#include "sql/statements/references.h"

namespace spectradb::extension {

namespace {

// Inside a change: replaces the names of temporal tables by those of the tables that stand for them.
Result<std::string> with_presents(SchemaChange& change, Connection& connection, Database& database,
                                  std::string_view text) {
  Status status;
  std::string renamed = sql::with_parents(text, [&](const std::string& name) -> std::optional<std::string> {
    const Table* table = connection.find_table(database.schema(), name);
    if (table == nullptr) return std::nullopt;
    const std::string parent =
        table->schema().name;  // where it fails, SQLite may roll back, and the table go
    if (status) status = database.foreign_keys().make_present(change, *table);
    return quoted(PresentTable::name_of(parent));
  });
  if (!status) return status;
  return renamed;
}

// SQLite itself would report it only at the first INSERT, with a name that users do not know.
Status check_foreign_keys(Database& database, const std::string& table) {
  const Setting enforced(database.connection().handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 1);
  const Status status =
      Query(database.connection().handle(), "INSERT INTO " + database.qualified(table) + " DEFAULT VALUES")
          .prepare();
  if (status || status.message().rfind("foreign key mismatch", 0) != 0) return Status::ok();
  std::string message = status.message();
  const std::string prefix = PresentTable::name_of("");
  if (const size_t at = message.find(prefix); at != std::string::npos) message.erase(at, prefix.size());
  return Status::invalid(message + ": what is referred to must be its PRIMARY KEY or UNIQUE");
}

}  // namespace

Status adopt_referring(SchemaChange& change, Connection& connection, Database& database,
                       const std::string& parent) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<ForeignKeys::OrdinaryChild> children,
                             database.foreign_keys().ordinary_children(parent));
  if (children.empty()) return Status::ok();
  std::string left;
  for (const ForeignKeys::OrdinaryChild& child : children) {
    const std::string text = sql::with_parents(child.sql, [&](const std::string& name) {
      return sqlite3_stricmp(name.c_str(), parent.c_str()) == 0
                 ? std::optional<std::string>(quoted(PresentTable::name_of(parent)))
                 : std::nullopt;
    });
    if (text == child.sql) left += (left.empty() ? "" : ", ") + child.name;
    SPECTRADB_RETURN_IF_ERROR(change.set_definition(child.name, text));
  }
  if (!left.empty()) {
    return Status::invalid("table " + parent + " cannot be temporal while " + left +
                           " REFERENCES it: ALTER TABLE " + left +
                           " ADD SYSTEM VERSIONING in the same transaction");
  }
  SPECTRADB_RETURN_IF_ERROR(change.announce());
  const Table* table = connection.find_table(database.schema(), parent);
  if (table == nullptr) return Status::invalid("no such table: " + parent);
  SPECTRADB_RETURN_IF_ERROR(join_transaction(connection.database(database.schema())));
  return database.foreign_keys().make_present(change, *table);
}

std::string with_temporal_parents(std::string_view definition) {
  return sql::with_parents(definition, [](const std::string& name) -> std::optional<std::string> {
    const std::optional<std::string> table = PresentTable::table_of(name);
    return table ? std::optional<std::string>(quoted(*table)) : std::nullopt;
  });
}

Status create_referring(Connection& connection, const sql::Reader& reader) {
  size_t i = 1;
  const bool is_temp = reader.is_word(i, "TEMP") || reader.is_word(i, "TEMPORARY");
  if (is_temp) ++i;
  ++i;  // skips TABLE
  if (reader.is_word(i, "IF")) i += 3;
  std::string schema;
  std::string name;
  if (!reader.take_name(i, schema, name)) return Status::invalid("CREATE TABLE without a name");
  if (schema.empty()) schema = is_temp ? "temp" : "main";
  const bool is_in_temp = sqlite3_stricmp(schema.c_str(), "temp") == 0;
  SPECTRADB_RETURN_IF_ERROR(ask_permission(connection.handle(),
                                           is_in_temp ? SQLITE_CREATE_TEMP_TABLE : SQLITE_CREATE_TABLE,
                                           name.c_str(), nullptr, schema.c_str()));
  SPECTRADB_RETURN_IF_ERROR(check_may_write(connection, schema, "CREATE TABLE"));
  const std::shared_ptr<Database> database = connection.database(schema);
  int is_enforced = 0;
  sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_ENABLE_FKEY, -1, &is_enforced);
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  SPECTRADB_ASSIGN_OR_RETURN(std::string text, with_presents(change, connection, *database,
                                                             reader.text(sql::Span{0, reader.size()})));
  SPECTRADB_RETURN_IF_ERROR(execute(connection.handle(), text));
  if (is_enforced != 0) SPECTRADB_RETURN_IF_ERROR(check_foreign_keys(*database, name));
  return change.keep();
}

Status add_referring_column(Connection& connection, const sql::AlterStatement& statement) {
  const std::shared_ptr<Database> database = connection.database(statement.schema);
  SchemaChange change(*database);
  SPECTRADB_RETURN_IF_ERROR(change.begin());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database));
  SPECTRADB_ASSIGN_OR_RETURN(std::string definition,
                             with_presents(change, connection, *database, statement.definition));
  SPECTRADB_RETURN_IF_ERROR(
      execute(connection.handle(),
              "ALTER TABLE " + database->qualified(statement.table) + " ADD COLUMN " + definition));
  return change.keep();
}

}  // namespace spectradb::extension

#include "extension/schema/schema_change.h"

#include <new>
#include <vector>

#include "extension/access/anchor.h"
#include "extension/host/author.h"
#include "extension/host/query.h"
#include "extension/host/retreat.h"
#include "extension/host/setting.h"
#include "extension/session/transaction.h"

namespace spectradb::extension {

namespace {

constexpr const char* kSavepoint = "_spectradb_schema_change";
constexpr const char* kView = "_spectradb_change";

Status compile(sqlite3* db, const std::string& sql) { return Query(db, sql).prepare(); }

// Compiles each kind of write, and with it all triggers; returns what fails.
Status compile_writes(sqlite3* db, const std::string& schema, const std::string& table) {
  const std::string name = quoted(schema) + "." + quoted(table);
  std::string sets;
  Query columns(db, "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0");
  columns.bind(1, std::string_view(table)).bind(2, std::string_view(schema));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, columns.step());
    if (!row) break;
    sets += (sets.empty() ? "" : ", ") + quoted(columns.text(0)) + " = NULL";
  }
  SPECTRADB_RETURN_IF_ERROR(compile(db, "INSERT INTO " + name + " DEFAULT VALUES"));
  SPECTRADB_RETURN_IF_ERROR(compile(db, "UPDATE " + name + " SET " + sets));
  return compile(db, "DELETE FROM " + name);
}

}  // namespace

SchemaChange::SchemaChange(Database& database)
    : database_(database),
      rollback_(database.connection().handle(), std::string("ROLLBACK TO ") + kSavepoint),
      release_(database.connection().handle(), std::string("RELEASE ") + kSavepoint),
      guard_(database.connection().handle(), "SELECT 1 FROM " + database.qualified("sqlite_master")) {}

SchemaChange::~SchemaChange() {
  sqlite3* db = database_.connection().handle();
  if (is_open_ && sqlite3_get_autocommit(db) == 0) {  // otherwise the error has ended the transaction
    try {
      Status taken_back = rollback_.run();
      if (taken_back) taken_back = release_.run();
      // Where RELEASE could not commit, SQLite has taken everything back, but the transaction is still open.
      if (!taken_back && (is_outermost_ || taken_back.code() == Code::kInterrupted)) retreat(db);
    } catch (const std::bad_alloc&) {  // of a message only: SQLite has noted the failure
    }
  }
  guard_.reset();
}

Status SchemaChange::begin() {
  SPECTRADB_RETURN_IF_ERROR(guard_.prepare());
  is_outermost_ = sqlite3_get_autocommit(database_.connection().handle()) != 0;
  SPECTRADB_RETURN_IF_ERROR(execute(database_.connection().handle(), std::string("SAVEPOINT ") + kSavepoint));
  is_open_ = true;
  // The guard comes first: what later fails for lack of memory is taken back when the guard ends.
  SPECTRADB_RETURN_IF_ERROR(guard_.step().status());
  SPECTRADB_RETURN_IF_ERROR(join_transaction(database_.connection().database(database_.schema())));
  return ensure_anchor(database_);
}

void SchemaChange::ignore_foreign_keys() {
  foreign_keys_.emplace(database_.connection().handle(), SQLITE_DBCONFIG_ENABLE_FKEY, 0);
}

// A function of the application's, in a generated column that is computed, may have run ROLLBACK.
Status SchemaChange::keep() {
  foreign_keys_.reset();
  Status status = release_.run();
  if (status) {
    is_open_ = false;
  } else if (status.message().find("no such savepoint") != std::string::npos) {
    return Status::invalid(
        "the schema is not changed: a function of the application has ended the transaction, or gone back "
        "to a savepoint from before the statement");
  }
  return status;
}

Status SchemaChange::drop_table(const std::string& table) {
  Query drop(database_.connection().handle(), "DROP TABLE " + database_.qualified(table));
  SPECTRADB_RETURN_IF_ERROR(drop.prepare());
  // Without the guard this statement must be prepared now; if memory is lacking for that, SQLite rolls back
  // as well.
  SPECTRADB_RETURN_IF_ERROR(rollback_.prepare_anew());
  guard_.reset();
  SPECTRADB_RETURN_IF_ERROR(drop.run());
  return guard_.step().status();
}

Status SchemaChange::set_definition(const std::string& table, const std::string& sql) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<uint32_t> id, database_.find_table(table));
  if (id) SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_define(*id));
  sqlite3* db = database_.connection().handle();
  const Setting defensive(db, SQLITE_DBCONFIG_DEFENSIVE, 0);
  const Setting writable(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1);
  Query update(db, "UPDATE " + database_.qualified("sqlite_master") +
                       " SET sql = ?1 WHERE type = 'table' AND name = ?2 COLLATE NOCASE");
  return update.bind(1, std::string_view(sql)).bind(2, std::string_view(table)).run();
}

// Preparing a statement alone would use the remembered schema.
Status SchemaChange::announce() {
  SPECTRADB_RETURN_IF_ERROR(change_schema_version(database_));
  return Query(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified("sqlite_master"))
      .step()
      .status();
}

// Writing the schema's number this way also tells this connection that its copy is outdated, and SQLite notes
// it for a rollback.
Status change_schema_version(Database& database) {
  database.connection().tables_altered();
  return change_schema_number(database);
}

Status change_schema_number(Database& database) {
  sqlite3* db = database.connection().handle();
  const Setting defensive(db, SQLITE_DBCONFIG_DEFENSIVE, 0);
  const std::string pragma = "PRAGMA " + quoted(database.schema()) + ".schema_version";
  int64_t version = 0;
  {
    Query number(db, pragma);
    Result<bool> row = number.step();
    if (!row) return row.status();
    version = number.integer(0);
  }
  return execute(db, pragma + " = " + std::to_string(version + 1));
}

// Makes and drops a view: this connection can go on with the tables that it has.
Status announce_schema_change(Database& database) {
  sqlite3* db = database.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE VIEW " + database.qualified(kView) + " AS SELECT NULL"));
  return execute(db, "DROP VIEW " + database.qualified(kView));
}

Result<std::set<std::string>> broken_objects(Database& database) {
  sqlite3* db = database.connection().handle();
  const AuthorScope ours(Author::kUsToCompile);
  std::set<std::string> broken;
  for (const std::string& schema : {database.schema(), std::string("temp")}) {
    Query objects(db, "SELECT DISTINCT CASE type WHEN 'view' THEN name ELSE tbl_name END, type FROM " +
                          quoted(schema) + ".sqlite_master WHERE type IN ('view', 'trigger')");
    for (;;) {
      SPECTRADB_ASSIGN_OR_RETURN(const bool row, objects.step());
      if (!row) break;
      const std::string name = objects.text(0);
      const bool is_view = objects.text(1) == "view";
      const Status status = is_view ? compile(db, "SELECT * FROM " + quoted(schema) + "." + quoted(name))
                                    : compile_writes(db, schema, name);
      if (status.code() == Code::kNoMemory) return status;
      if (!status) broken.insert((is_view ? "view " : "a trigger of ") + name + ": " + status.message());
    }
    if (database.schema() == "temp") break;
  }
  return broken;
}

}  // namespace spectradb::extension

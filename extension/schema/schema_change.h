// A change of a database's schema by several statements, of which all take effect or none. Used by the thread
// that uses the connection.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/host/setting.h"
#include "extension/session/database.h"

namespace spectradb::extension {

class SchemaChange {
 public:
  explicit SchemaChange(Database& database);
  ~SchemaChange();  // takes back what was not kept; without memory for that, the whole transaction, as SQLite
                    // does
  SchemaChange(const SchemaChange&) = delete;
  SchemaChange& operator=(const SchemaChange&) = delete;

  Status begin();
  // Makes SQLite follow no foreign keys until the change is kept or taken back: tables that refer to this one
  // keep its name, and its rows can move. The setting stays until then, because the statements that take the
  // change back would otherwise have to be prepared again, without the guard.
  void ignore_foreign_keys();
  Status keep();

  // Sets the CREATE statement that SQLite keeps for a table. Follow it with announce().
  Status set_definition(const std::string& table, const std::string& sql);
  // Makes all connections, this one included, read the schema again before they next read or write.
  Status announce();
  // Does DROP TABLE, for which SQLite allows no other running statement.
  Status drop_table(const std::string& table);

 private:
  Database& database_;
  bool is_open_ = false;
  bool is_outermost_ = false;  // the savepoint began the transaction
  std::optional<Setting> foreign_keys_;
  Query rollback_;
  Query release_;
  // A statement that reads while the change lasts. Once an allocation has failed, SQLite runs nothing more
  // until the user's statement ends; but if a statement that has read ends then, SQLite rolls back.
  Query guard_;
};

// Changes the number that tells all connections, this one included, that their copy of the schema is
// outdated. Nobody reads the schema again during this call.
Status change_schema_version(Database& database);

// Changes the number where connected tables may go on as they are: their definitions have not changed.
Status change_schema_number(Database& database);

// Makes all other connections read the schema again before they next read or write; this one need not.
Status announce_schema_change(Database& database);

// Returns views that cannot be read, and tables whose triggers cannot run, each with SQLite's reason.
Result<std::set<std::string>> broken_objects(Database& database);

}  // namespace spectradb::extension

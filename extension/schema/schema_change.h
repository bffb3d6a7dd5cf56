// One change of a database's schema that takes several statements: all of them take effect, or none. Used by
// the thread that uses the connection.
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
  // Until the change is kept or taken back SQLite follows no foreign keys: those who refer to a table keep its name, and
  // its rows can move. Not set back earlier: what takes the change back would have to be prepared again, without the guard.
  void ignore_foreign_keys();
  Status keep();

  // The CREATE statement that SQLite keeps of a table. To be told with announce().
  Status set_definition(const std::string& table, const std::string& sql);
  // All connections read the schema anew before they read or write again, this one included.
  Status announce();
  // DROP TABLE, for which SQLite wants no other statement under way.
  Status drop_table(const std::string& table);

 private:
  Database& database_;
  bool is_open_ = false;
  bool is_outermost_ = false;  // the savepoint began the transaction
  std::optional<Setting> foreign_keys_;
  Query rollback_;
  Query release_;
  Query end_;
  // Reads while the change lasts. Once an allocation has failed, SQLite runs nothing more until the user's
  // statement ends; but where a statement that has read ends then, it rolls back.
  Query guard_;
};

// The number that tells all connections, this one included, that what they remember of the schema is old. Nobody
// reads it anew inside this call.
Status change_schema_version(Database& database);

// The same where the tables that are connected may serve on: their definitions are what they were.
Status change_schema_number(Database& database);

// All other connections read the schema anew before they read or write again; this one need not.
Status announce_schema_change(Database& database);

// The views that cannot be read, and the tables whose triggers cannot run, each with SQLite's reason.
Result<std::set<std::string>> broken_objects(Database& database);

}  // namespace spectradb::extension

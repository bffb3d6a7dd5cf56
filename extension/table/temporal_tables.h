// Finds the tables that table-valued functions are asked about, and shows their rows. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/host/api.h"
#include "extension/session/database.h"
#include "temporal/row_codec.h"
#include "temporal/row_json_writer.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

// A copy of a table as it was when it was looked up, which may outlive it. The host's authorizer has allowed
// reading its columns.
struct TemporalTable {
  std::shared_ptr<Database> database;
  temporal::TableSchema schema;
  std::vector<bool> hidden = {};  // columns that the authorizer wants shown as NULL; empty: none

  bool hides_key() const;  // then no row may be found by its key
};

// `name` is 't', found in SQLite's order of schemas, or 'schema.t'. With `schema` the table must be in that
// one. `function` is for the message of kInvalid, when no table is found.
Result<TemporalTable> find_temporal_table(Connection& connection, const temporal::Value& name,
                                          const std::string& schema, const char* function);
// Returns all tables of a database, by id.
Result<std::vector<TemporalTable>> temporal_tables_of(Connection& connection, const std::string& schema);
// Which tables' rows are encrypted, and of whom nothing is shown, is known once they are connected: for whoever reads what is
// stored of all tables.
Status connect_sealed_tables(Database& database);
// Returns the schema that was given as an argument; without one `called_in`, the schema before the function's
// name; without that `otherwise`. kInvalid when it does not exist, or when argument and call name different
// ones.
Result<std::string> schema_of_argument(Connection& connection, sqlite3_value* argument, const char* function,
                                       const std::string& called_in = {}, const char* otherwise = "main");

// The rows that a given key value means. A composite key is given as a JSON array.
struct KeyWanted {
  std::optional<std::string> user_key;  // none: no row can have such a key
};
// For a function's argument: affinities and collations of the key's columns apply.
Result<KeyWanted> key_of_argument(const temporal::TableSchema& schema, const temporal::Value& value);
// For a comparison with the column `key`: rows that SQLite finds equal have this key. nullopt where that is
// unknown.
std::optional<KeyWanted> key_of_comparison(const temporal::TableSchema& schema, const temporal::Value& value);

// Shows one row of a table.
class RowCells {
 public:
  explicit RowCells(const TemporalTable& table)  // which stays alive and unchanged
      : schema_(table.schema),
        hidden_(table.hidden),
        reader_(table.schema),
        json_(table.schema, table.hidden) {}

  // Gives the key's column, the integer of a hidden key, or the JSON array of a composite key, in the form
  // that all equal keys share (NOCASE text in lower case).
  Status give_key(sqlite3_context* context, std::string_view user_key);
  // Gives a JSON object of columns and values.
  Status give_row(sqlite3_context* context, std::string_view user_key, std::string_view payload);

 private:
  const temporal::TableSchema& schema_;
  const std::vector<bool>& hidden_;
  temporal::RowReader reader_;
  temporal::RowJsonWriter json_;
  std::string text_;
};

}  // namespace spectradb::extension

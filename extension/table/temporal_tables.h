// The tables that table-valued functions are asked about, by name; and their rows as such functions show
// them. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/host/api.h"
#include "extension/session/database.h"
#include "temporal/row_codec.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

// A table as it was when it was looked up: a copy, which may outlive it. The host's authorizer has let its columns
// be read.
struct TemporalTable {
  std::shared_ptr<Database> database;
  temporal::TableSchema schema;
  std::vector<bool> hidden = {};  // the columns that it wants shown as NULL; empty: none

  bool hides_key() const;  // then no row may be looked for by its key
};

// 't', found in the order in which SQLite searches its schemas, or 'schema.t'. Where `schema` is given, the
// table is one of that schema. `function` is for the message of kInvalid, where there is none.
Result<TemporalTable> find_temporal_table(Connection& connection, const temporal::Value& name,
                                          const std::string& schema, const char* function);
// All tables of a database, by their ids.
Result<std::vector<TemporalTable>> temporal_tables_of(Connection& connection, const std::string& schema);
// The database of a schema that was given as an argument; where none was, `called_in`, the one in front of the
// function's name, and without it `otherwise`. kInvalid when there is none, or when two were said.
Result<std::string> schema_of_argument(Connection& connection, sqlite3_value* argument, const char* function,
                                       const std::string& called_in = {}, const char* otherwise = "main");

// Which rows a value given for the key means. A composite key is given as a JSON array.
struct KeyWanted {
  std::optional<std::string> user_key;  // none: no row has such a key
};
// As an argument of a function: affinities and collations of the key's columns apply.
Result<KeyWanted> key_of_argument(const temporal::TableSchema& schema, const temporal::Value& value);
// As compared with the column `key`: rows that SQLite finds equal have this key. nullopt: it cannot be told.
std::optional<KeyWanted> key_of_comparison(const temporal::TableSchema& schema, const temporal::Value& value);

// Shows one row of a table.
class RowCells {
 public:
  explicit RowCells(const TemporalTable& table)  // which stays alive and unchanged
      : schema_(table.schema), hidden_(table.hidden), reader_(table.schema) {}

  // The column of the key, the integer of a hidden key, or the JSON array of a composite key; in the form
  // that all equal keys share (NOCASE text in lower case).
  Status give_key(sqlite3_context* context, std::string_view user_key);
  // A JSON object of columns and values.
  Status give_row(sqlite3_context* context, std::string_view user_key, std::string_view payload);

 private:
  const temporal::TableSchema& schema_;
  const std::vector<bool>& hidden_;
  temporal::RowReader reader_;
  std::string text_;
};

}  // namespace spectradb::extension

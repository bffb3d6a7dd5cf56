// The indexes that temporal tables of one database have, as SQLite keeps them:
//
//   _spectradb_indexes(id PRIMARY KEY, table_id, name, key_id, since, is_unique, definition)
//
// key_id begins the keys of the index's entries; since is its first commit (temporal/index_schema.h). name
// and definition ("(a, b DESC)", what follows the table's name) are NULL for UNIQUE constraints, which stand
// in the order of the table's definition. The table is made with the first index. Used by the thread that
// uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/schema/definition.h"
#include "extension/session/database.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

class IndexCatalog {
 public:
  explicit IndexCatalog(Database& database) : database_(database) {}

  // Returns all indexes of a table in the order in which SQLite checks them: the newest one first, UNIQUE
  // constraints last.
  Result<temporal::IndexSchemas> load(const Definition& definition);

  struct Place {
    int64_t id;
    std::string table;  // its name
  };
  Result<std::optional<Place>> find(std::string_view index);
  // Whether an index has that name. Names are shared with everything in the same SQLite database: kInvalid
  // where a table has it.
  Result<bool> is_taken(const std::string& name);

  // For CREATE TABLE: adds empty indexes for its UNIQUE constraints.
  Status add_constraints(const Definition& definition);
  // Gives the index its place in the store. Every connection that writes to the table must learn of it, so
  // this counts as a schema change.
  Status add(uint32_t table_id, const std::string& definition, temporal::IndexSchema& index);
  Status replace(uint32_t old_key_id, temporal::IndexSchema& index);   // for REINDEX: a new place
  Status relocate(uint32_t old_key_id, temporal::IndexSchema& index);  // the same, without a schema change
  Status move_all(uint32_t from_table_id, uint32_t to_table_id);
  Status remove(int64_t id);
  struct Named {
    std::string name;
    std::string definition;
    bool is_unique = false;
  };
  Result<std::vector<Named>> named(uint32_t table_id);  // indexes made by CREATE INDEX, the oldest first
  // For ALTER TABLE: gives the index a new definition text.
  Status redefine(uint32_t table_id, const std::string& name, const std::string& definition);
  Status remove_all(uint32_t table_id);

 private:
  Result<bool> is_there();
  Status ensure_table();
  Status insert(uint32_t table_id, const std::optional<std::string>& name, bool is_unique,
                const std::optional<std::string>& definition, temporal::IndexSchema& index);

  Database& database_;
};

}  // namespace spectradb::extension

// Describes dropped temporal tables, so that they can come back. Their facts stay in the store until
// spectradb_compact() frees the space (session/dropped_tables.cc), under ids that are never given out again.
//
//   _spectradb_dropped(table_id, part, place, name, a, b, c, d, text, store, PRIMARY KEY (table_id, part, place))
//
//   part      place   name      a            b             c           d             text                        store
//   'table'   0       its name  dropped_us   after_commit  sequence    valid form    arguments of spectradb(…)   store_id
//   'index'   id      name      key_id       since         is_unique   NULL          definition                  NULL
//   'column'  place   name      is_added     NULL          NULL        value         NULL                        NULL
//
// Rows of the parts index and column repeat _spectradb_indexes and _spectradb_columns. The table is made when
// a table older than the transaction is first dropped. A table whose id is in _spectradb_tables again is
// back, or continues as another one. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/schema/definition.h"
#include "extension/session/database.h"

namespace spectradb::extension {

class DroppedCatalog {
 public:
  static constexpr const char* kTable = "_spectradb_dropped";

  struct Dropped {
    uint32_t id = 0;
    std::string name;
    int64_t dropped_us = 0;
    uint64_t after_commit = 0;
    std::optional<int64_t> sequence;
    std::string form;       // of valid times, as in _spectradb_meta; empty for none
    std::string arguments;  // arguments of USING spectradb(…)
  };

  explicit DroppedCatalog(Database& database) : database_(database) {}

  // Call it before anything of the table is removed.
  Status record(const Definition& definition);
  // Returns tables that can come back, the last dropped one first. Opens the store.
  Result<std::vector<Dropped>> list();
  // Gives the table, which was made again as `made_id`, its old id, indexes and columns.
  Status put_back(const Dropped& dropped, uint32_t made_id);
  // Returns the names of the dropped table's indexes.
  Result<std::vector<std::string>> index_names(uint32_t id);

 private:
  Status insert(const Definition& definition);
  Status copy_rows(const std::string& from, const std::string& columns, const std::string& condition,
                   const std::string& to, uint32_t id);

  Database& database_;
};

}  // namespace spectradb::extension

// What temporal tables were when they were dropped, so that they can come back: their facts stay in the store until
// spectradb_compact() gives their space back (session/dropped_tables.cc), under ids that are never given out again.
//
//   _spectradb_dropped(table_id, part, place, name, a, b, c, d, text, store, PRIMARY KEY (table_id, part, place))
//
//   part      place   name      a            b             c           d             text                        store
//   'table'   0       its name  dropped_us   after_commit  sequence    valid form    arguments of spectradb(…)   store_id
//   'index'   id      name      key_id       since         is_unique   NULL          definition                  NULL
//   'column'  place   name      is_added     NULL          NULL        value         NULL                        NULL
//
// The last two are rows of _spectradb_indexes and _spectradb_columns. Made with the first DROP TABLE of a table that is older
// than its transaction. One whose id is in _spectradb_tables again is back, or goes on as another. Used by the thread that
// uses the connection.
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
    std::string form;       // of valid times, as _spectradb_meta has it; empty for none
    std::string arguments;  // of USING spectradb(…)
  };

  explicit DroppedCatalog(Database& database) : database_(database) {}

  // To be told before anything of the table is removed.
  Status record(const Definition& definition);
  // Those that can come back, the last one first. Opens the store.
  Result<std::vector<Dropped>> list();
  // Gives the table, which was made anew as `made_id`, the id, indexes and columns that it had.
  Status put_back(const Dropped& dropped, uint32_t made_id);
  // The names of its indexes.
  Result<std::vector<std::string>> index_names(uint32_t id);

 private:
  Status copy_rows(const std::string& from, const std::string& columns, const std::string& condition,
                   const std::string& to, uint32_t id);

  Database& database_;
};

}  // namespace spectradb::extension

// What plans know of a table beside its definition: how many rows it has, and how many of them share the values of the
// first columns of a key or an index, on average, which ANALYZE counts for ordinary tables. The latter is found when a
// plan first asks, from a few hundred entries: small tables and indexes are read whole, of others some runs of
// neighbours, and where even these have one value, the store is asked how much that value has. The process
// remembers it for all its connections until the table has grown or changed by a quarter, so that plans do not waver.
// Nothing is stored. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lsm/store/store.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

class Table;

// Answers for one table, while a statement is planned.
class TableStatistics {
 public:
  explicit TableStatistics(Table& table) : table_(table) {}

  // Returns Table::size(), which is asked only where something was committed since the last time, or where a
  // transaction has written.
  lsm::RangeSize size() const;

  // Returns the rows of one value of the first `columns` columns of `path`, the columns of the keys that begin with
  // `id`. `size` is the table's. Nothing where it is unknown, as for an empty table.
  std::optional<double> rows_of_value(uint32_t id, const std::vector<temporal::IndexPart>& path,
                                      size_t columns, const lsm::RangeSize& size) const;

 private:
  Table& table_;
};

}  // namespace spectradb::extension

#include "extension/facets/vector_spaces/searched_table.h"

#include <algorithm>

#include "extension/facet/column_type.h"
#include "extension/facet/index_kind.h"
#include "extension/host/values.h"
#include "extension/table/table.h"
#include "extension/table/temporal_tables.h"

namespace spectradb::extension {

Result<SearchedTable> find_searched_table(Connection& connection, const temporal::Value& name,
                                          const std::string& schema, const char* function) {
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable found, find_temporal_table(connection, name, schema, function));
  const Table* table = connection.find_table(found.database->schema(), found.schema.name);
  if (table == nullptr || table->ranked_columns().empty()) {
    return Status::invalid(std::string(function) + ": table " + found.schema.name +
                           " has no column of type VECTOR");
  }
  const std::vector<temporal::Column>& columns = table->schema().columns;
  const auto name_of = [&columns](int column) { return columns[static_cast<size_t>(column)].name; };
  const int column = table->ranked_columns().front();
  SearchedTable searched{found.database, table->schema().name, name_of(column), {}, {}};
  for (const temporal::IndexSchema& index : table->indexes()) {
    constexpr size_t kWithOneColumn = 2;
    if (ranking_of(index) != nullptr && index.parts.front().column == column &&
        index.parts.size() == kWithOneColumn)
      searched.partition = name_of(index.parts.back().column);
  }
  for (const int key : table->schema().key_columns)
    if (name_of(key) != searched.partition) searched.keys.push_back(name_of(key));
  return searched;
}

}  // namespace spectradb::extension

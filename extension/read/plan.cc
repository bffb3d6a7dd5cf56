#include "extension/read/plan.h"

#include <algorithm>

#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

using temporal::TableSchema;

std::string name_of_column(const TableSchema& schema, int column) {
  if (column < 0 || static_cast<size_t>(column) >= schema.columns.size()) return "rowid";
  const temporal::Column& named = schema.columns[static_cast<size_t>(column)];
  return named.is_hidden ? "<expr>" : named.name;
}

bool Plan::is_point(const TableSchema& schema) const {
  return key.size() == std::max<size_t>(1, schema.key_columns.size());
}

bool Plan::limits_valid_time() const {
  return std::any_of(periods.begin(), periods.end(), [](const PeriodBound& bound) {
    return bound.column == kValidFrom || bound.column == kValidTo;
  });
}

}  // namespace spectradb::extension

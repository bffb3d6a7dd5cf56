#include "extension/schema/column_names.h"

#include <algorithm>

#include "extension/host/api.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

int column_named(const temporal::TableSchema& schema, const std::string& name) {
  for (size_t i = 0; i < schema.columns.size(); ++i)
    if (sqlite3_stricmp(schema.columns[i].name.c_str(), name.c_str()) == 0) return static_cast<int>(i);
  return -1;
}

bool has_column(const temporal::TableSchema& schema, const char* name) {
  return std::any_of(schema.columns.begin(), schema.columns.end(), [&](const temporal::Column& column) {
    return sqlite3_stricmp(column.name.c_str(), name) == 0;
  });
}

std::string name_of_rowid(const temporal::TableSchema& schema) {
  return has_column(schema, "rowid") ? hidden_name(kRowid) : "rowid";
}

}  // namespace spectradb::extension

#include "extension/schema/hidden_columns.h"

#include "extension/host/api.h"

namespace spectradb::extension {

std::string hidden_declaration(HiddenColumn column, bool rowid_name) {
  std::string text = hidden_name(column);
  if (column == kRowid) return std::string(rowid_name ? "rowid" : text) + " INTEGER HIDDEN";
  if (column == kKey) return text + " BLOB HIDDEN PRIMARY KEY";
  return text + " HIDDEN";
}

bool is_hidden_name(std::string_view name) {
  const std::string text(name);
  for (int i = 0; i < kHiddenColumnCount; ++i) {
    if (sqlite3_stricmp(text.c_str(), hidden_name(static_cast<HiddenColumn>(i))) == 0) return true;
  }
  return false;
}

}  // namespace spectradb::extension

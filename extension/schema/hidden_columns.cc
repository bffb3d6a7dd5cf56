#include "extension/schema/hidden_columns.h"

#include "extension/host/api.h"
#include "extension/session/time_collation.h"

namespace spectradb::extension {

std::string hidden_declaration(HiddenColumn column, bool rowid_name) {
  std::string text = hidden_name(column);
  if (column == kRowid) return std::string(rowid_name ? "rowid" : text) + " INTEGER HIDDEN";
  if (column == kKey) return text + " BLOB HIDDEN PRIMARY KEY";
  if (column == kCommittedAt) return text + " " SPECTRADB_HIDDEN_TEXT_TIME;
  if (column == kValidFrom || column == kValidTo) return text + " " SPECTRADB_HIDDEN_TIME;
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

#include "extension/schema/hidden_columns.h"

#include "extension/host/api.h"
#include "extension/times/time_collation.h"

namespace spectradb::extension {

std::string hidden_declaration(HiddenColumn column, bool rowid_name, temporal::ValidForm form) {
  std::string text = hidden_name(column);
  if (column == kRowid) return std::string(rowid_name ? "rowid" : text) + " INTEGER HIDDEN";
  if (column == kKey) return text + " BLOB HIDDEN PRIMARY KEY";
  const bool is_bound = column == kValidFrom || column == kValidTo;
  const bool is_text = form == temporal::ValidForm::kText || form == temporal::ValidForm::kOpen;
  if (column == kCommittedAt || (is_bound && is_text)) return text + " " SPECTRADB_HIDDEN_TEXT_TIME;
  if (is_bound) return text + " " SPECTRADB_HIDDEN_TIME;
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

#include "extension/schema/hidden_columns.h"

#include "extension/host/api.h"
#include "extension/schema/column_names.h"
#include "extension/times/time_collation.h"

namespace spectradb::extension {

namespace {

bool is_of_match(HiddenColumn column) {
  return column == kDistance || column == kK || column == kEffort || column == kText || column == kRank ||
         column == kMatch || column == kRankedBy;
}

}  // namespace

std::string hidden_name(HiddenColumn column, const temporal::TableSchema& schema) {
  std::string text = hidden_name(column);
  while (is_of_match(column) && has_column(schema, text.c_str())) text.insert(0, "_spectradb");
  return text;
}

std::string hidden_declaration(HiddenColumn column, bool rowid_name, const temporal::TableSchema& schema) {
  const temporal::ValidForm form = schema.valid_form;
  const std::string text = hidden_name(column, schema);
  if (column == kDistance || column == kRank) return text + " REAL HIDDEN";
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
    const auto column = static_cast<HiddenColumn>(i);
    if (!is_of_match(column) && sqlite3_stricmp(text.c_str(), hidden_name(column)) == 0) return true;
  }
  return false;
}

}  // namespace spectradb::extension

#include "extension/read/plan_covering.h"

#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/times/system_time.h"
#include "temporal/entry_reader.h"

namespace spectradb::extension {

namespace {

// Whether a hidden column is known before a row is found, or is a column of the key.
bool is_known(int column, const temporal::TableSchema& schema) {
  return column == kSystemArgument || column == kValidArgument || column == kAsOf || column == kValidAt ||
         (column == kRowid && !schema.key_columns.empty());
}

// Whether a literal makes the plan read all of a time.
bool reads_all_of_a_time(const Plan& plan, sqlite3_index_info* info) {
  for (int i = 0; i < info->nConstraint; ++i) {
    const int argument = info->aConstraintUsage[i].argvIndex - 1;
    if (argument < 0 || (argument != plan.as_of && argument != plan.valid_at)) continue;
    sqlite3_value* given = nullptr;
    if (sqlite3_vtab_rhs_value(info, i, &given) == SQLITE_OK && given != nullptr &&
        is_all(from_sqlite(given)))
      return true;
  }
  return false;
}

}  // namespace

bool covers(const temporal::IndexSchema& index, const temporal::TableSchema& schema, const Plan& plan,
            sqlite3_index_info* info) {
  if (plan.portion != Plan::kNone || reads_all_of_a_time(plan, info)) return false;
  const temporal::EntryReader entries(schema, index);
  const auto visible = static_cast<int>(schema.columns.size());
  for (int column = 0; column <= kSharedBit; ++column) {
    if ((info->colUsed >> column & 1) == 0) continue;
    if (column == kSharedBit) return false;
    if (column < visible ? !entries.covers(column) : !is_known(column - visible, schema)) return false;
  }
  return true;
}

}  // namespace spectradb::extension

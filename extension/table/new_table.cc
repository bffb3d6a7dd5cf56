#include "extension/table/new_table.h"

#include <algorithm>

#include "extension/facet/facet.h"
#include "extension/functions/table_function.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

namespace {

bool has_function(const Facet& facet, const char* name) {
  return std::any_of(facet.functions.begin(), facet.functions.end(),
                     [name](const Function& function) { return sqlite3_stricmp(name, function.name) == 0; });
}

bool has_table(const Facet& facet, const char* name) {
  const auto is_it = [name](const char* other) { return sqlite3_stricmp(name, other) == 0; };
  return std::any_of(facet.table_functions.begin(), facet.table_functions.end(),
                     [&](const TableFunction* function) {
                       return is_it(function->name) || is_it(name_of_twin(function->name).c_str());
                     }) ||
         std::any_of(facet.modules.begin(), facet.modules.end(),
                     [&](const Module& module) { return is_it(module.name); });
}

}  // namespace

bool would_hide_ours(const std::string& name) {
  const auto all = facets();
  return std::any_of(all.begin(), all.end(),
                     [&](const Facet* facet) { return has_table(*facet, name.c_str()); });
}

Status check_table_name(const std::string& name) {
  for (const Facet* facet : facets()) {
    if (!has_function(*facet, name.c_str()) && !has_table(*facet, name.c_str())) continue;
    return Status::invalid(
        "a temporal table cannot be named " + name +
        ": that is a function or a table of SpectraDB's, which it would hide; give it another name");
  }
  return Status::ok();
}

Status check_column_count(sqlite3* db, const Definition& definition) {
  const auto most = static_cast<size_t>(sqlite3_limit(db, SQLITE_LIMIT_COLUMN, -1));
  const size_t count = definition.schema.columns.size();
  if (count + kHiddenColumnCount <= most) return Status::ok();
  return Status::invalid("table " + definition.schema.name + " has " + std::to_string(count) +
                         " columns, and a temporal table can have " +
                         std::to_string(most - std::min<size_t>(most, kHiddenColumnCount)) +
                         " here: SQLite allows " + std::to_string(most) + ", and times take " +
                         std::to_string(static_cast<int>(kHiddenColumnCount)) +
                         "; part it into two tables with the same key");
}

}  // namespace spectradb::extension

#include "extension/table/match_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "extension/facet/matcher.h"
#include "extension/host/statement_name.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension {

namespace {

// Returns the question for rows with words, as a condition beside others: "id IN (SELECT id FROM …)".
std::string words_by_key(const temporal::TableSchema& schema) {
  std::string key;
  for (const int column : schema.key_columns)
    key += (key.empty() ? "" : ", ") + name_in_statement(schema.columns[static_cast<size_t>(column)].name);
  if (key.empty()) key = hidden_name(kRowid);
  return (schema.key_columns.size() > 1 ? "(" + key + ")" : key) + " IN (SELECT " + key + " FROM " +
         name_in_statement(schema.name) + " WHERE " + hidden_name(kText, schema) + " MATCH '…')";
}

}  // namespace

Status unanswered_match(const Table& table) {
  const std::vector<temporal::IndexSchema>& indexes = table.indexes();
  const bool has_index = std::any_of(indexes.begin(), indexes.end(), [](const temporal::IndexSchema& index) {
    return matcher_of(index) != nullptr;
  });
  const std::string& name = table.schema().name;
  if (has_index || !table.ranked_columns().empty())
    return Status::invalid(
        "unable to use function MATCH in the requested context: on table " + name +
        " it is for columns of a full-text index, or of type VECTOR, and stands in WHERE, "
        "beside other conditions with AND; a SELECT searches by one vector, and words beside it "
        "are asked for by key" +
        (has_index ? ", as in … AND " + words_by_key(table.schema()) : std::string()));
  const std::vector<temporal::Column>& columns = table.schema().columns;
  const auto text = std::find_if(columns.begin(), columns.end(), [](const temporal::Column& column) {
    return column.affinity == temporal::Affinity::kText && !column.is_hidden;
  });
  return Status::invalid("unable to use function MATCH in the requested context: table " + name +
                         " has no full-text index, say CREATE FULLTEXT INDEX " + name + "_text ON " + name +
                         " (" + (text == columns.end() ? "…" : text->name) + ")");
}

Status check_match(const Table& table, const sqlite3_index_info& info) {
  for (int i = 0; i < info.nConstraint; ++i) {
    const auto& constraint = info.aConstraint[i];
    if (constraint.op != SQLITE_INDEX_CONSTRAINT_MATCH || constraint.usable == 0) continue;
    const std::vector<int>& ranked = table.ranked_columns();
    if (std::find(ranked.begin(), ranked.end(), constraint.iColumn) != ranked.end()) continue;
    const std::vector<temporal::IndexSchema>& indexes = table.indexes();
    const auto answers = [&](const temporal::IndexSchema& index) {
      return matcher_of(index) != nullptr &&
             (constraint.iColumn == table.visible_columns() + kText ||
              std::any_of(index.parts.begin(), index.parts.end(), [&](const temporal::IndexPart& part) {
                return part.column == constraint.iColumn;
              }));
    };
    if (std::none_of(indexes.begin(), indexes.end(), answers)) return unanswered_match(table);
  }
  return Status::ok();
}

}  // namespace spectradb::extension

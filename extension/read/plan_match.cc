#include "extension/read/plan_match.h"

#include <algorithm>
#include <optional>
#include <string>

#include "extension/facet/column_type.h"
#include "extension/facet/index_kind.h"
#include "extension/facet/matcher.h"
#include "extension/facet/ranking.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/schema/twin.h"

namespace spectradb::extension {

using temporal::Column;
using temporal::IndexPart;
using temporal::IndexSchema;

bool PlanMatch::take() { return take_ranked() && take_matched(); }

// column MATCH value, and what says how to look for it.
bool PlanMatch::take_ranked() {
  Plan::Match& match = plan_.match;
  const std::vector<int>& ranked = table_.ranked_columns;
  for (int i = 0; i < question_.count() && !ranked.empty(); ++i) {
    const int column = question_.constraint(i).iColumn;
    if (question_.constraint(i).op != SQLITE_INDEX_CONSTRAINT_MATCH || has_match() ||
        std::find(ranked.begin(), ranked.end(), column) == ranked.end())
      continue;
    if (!question_.constraint(i).usable) return false;
    match.column = column;
    match.argument = question_.take(i, true);
  }
  if (!take_call() || !take_measures()) return false;
  if (!has_match()) return true;
  find_index();
  match.is_search = searches_ && match.index_id != 0;
  if (!match.is_in_order()) return true;
  question_.say(match.is_search ? "SEARCH " + ranked_by_->name + " approximate" : std::string("RANK exact"));
  question_.say(name_of_column(table_.schema, match.column) + " MATCH ?");
  return true;
}

// _k = ?, _effort = ? and LIMIT.
bool PlanMatch::take_measures() {
  Plan::Match& match = plan_.match;
  for (int i = 0; i < question_.count() && !table_.ranked_columns.empty(); ++i) {
    const auto& constraint = question_.constraint(i);
    const int column = constraint.iColumn - visible_;
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_LIMIT && constraint.usable && has_match())
      match.limit = question_.take(i, false);
    if (constraint.op != SQLITE_INDEX_CONSTRAINT_EQ || (column != kK && column != kEffort)) continue;
    if (!constraint.usable) return false;
    int& argument = column == kK ? match.count : match.effort;
    if (argument == Plan::kNone) argument = question_.take(i, true);
  }
  return true;
}

// _ranked_by = 'function': what _distance means. The rewriter writes it, as a literal.
bool PlanMatch::take_call() {
  Plan::Match& match = plan_.match;
  for (int i = 0; i < question_.count(); ++i) {
    if (!question_.is(i, visible_ + kRankedBy, SQLITE_INDEX_CONSTRAINT_EQ)) continue;
    if (!question_.constraint(i).usable) return false;
    sqlite3_value* said = nullptr;
    std::optional<SaidRanking> ranking;
    if (has_match() && sqlite3_vtab_rhs_value(question_.info(), i, &said) == SQLITE_OK && said != nullptr) {
      const Column& column = table_.schema.columns[static_cast<size_t>(match.column)];
      ranking = read_ranking(*find_column_type(column.declared_type)->ranking, from_sqlite(said).bytes);
      match.has_no_nulls = column.not_null;
    }
    question_.take(i, true);
    match.is_call_unknown = !ranking;
    if (!ranking) continue;
    match.call = ranking->call;
    match.has_nulls_last = ranking->has_nulls_last;
  }
  for (int i = 0; i < question_.count() && match.call != nullptr; ++i) {
    match.has_no_nulls =
        match.has_no_nulls ||
        (question_.is(i, match.column, SQLITE_INDEX_CONSTRAINT_ISNOTNULL) && question_.constraint(i).usable);
  }
  return true;
}

void PlanMatch::find_index() {
  for (const IndexSchema& index : table_.indexes) {
    if (index.parts.front().column != plan_.match.column || !ranks(index)) continue;
    plan_.match.index_id = index.id;
    ranked_by_ = &index;
    return;
  }
}

// Whether MATCH, or the call that the statement orders by, means what the index finds.
bool PlanMatch::ranks(const IndexSchema& index) const {
  const Ranking* const ranking = ranking_of(index);
  const Plan::Match& match = plan_.match;
  return ranking != nullptr && (match.call == nullptr || (ranking->ranks_by(index, *match.call) &&
                                                          (match.has_no_nulls || ranking->has_nulls(index))));
}

void PlanMatch::take_partition() {
  for (size_t i = 1; ranked_by_ != nullptr && i < ranked_by_->parts.size(); ++i)
    plan_.match.partition.push_back(find_partition(ranked_by_->parts[i]));
}

int PlanMatch::find_partition(const IndexPart& part) {
  for (int i = 0; i < question_.count(); ++i) {
    const int op = question_.constraint(i).op;
    plan_.match.says_partition = plan_.match.says_partition || question_.constraint(i).iColumn == part.column;
    // Rows of NULL are a partition as others are, and IS names it.
    const bool is_null = op == SQLITE_INDEX_CONSTRAINT_ISNULL;
    const bool is_said = is_null || op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS;
    if (!is_said || !question_.is(i, part.column, op) || !question_.constraint(i).usable ||
        question_.is_list(i))
      continue;
    const char* collation = question_.collation(i);
    if (collation != nullptr && sqlite3_stricmp(collation, collation_name(part.collation)) != 0) continue;
    question_.say(name_of_column(table_.schema, part.column) + (is_null ? " IS NULL" : "=?"));
    return question_.is_taken(i) ? question_.argument(i) : question_.take(i, false);
  }
  return Plan::kNone;
}

// column MATCH query, of the columns of one index. SQLite is left with others, which no index answers.
bool PlanMatch::take_matched() {
  if (has_match() && plan_.match.call == nullptr) return true;
  const IndexSchema* const index = matching_index();
  if (index == nullptr) return true;
  plan_.matched.index_id = index->id;
  question_.say("FULL TEXT " + index->name);
  for (int i = 0; i < question_.count(); ++i) {
    if (!is_matched_by(*index, i)) continue;
    if (!question_.constraint(i).usable) return false;
    const int column = question_.constraint(i).iColumn;
    plan_.matched.conditions.push_back({column, question_.take(i, true)});
    question_.say(
        (column < visible_ ? name_of_column(table_.schema, column) : std::string(hidden_name(kText))) +
        " MATCH ?");
  }
  return true;
}

// The index that has most of the columns; null when none has any.
const IndexSchema* PlanMatch::matching_index() const {
  size_t most = 0;
  const IndexSchema* best = nullptr;
  for (const IndexSchema& index : table_.indexes) {
    if (matcher_of(index) == nullptr) continue;
    size_t count = 0;
    for (int i = 0; i < question_.count(); ++i) count += is_matched_by(index, i) ? 1 : 0;
    if (count <= most) continue;
    most = count;
    best = &index;
  }
  return best;
}

bool PlanMatch::is_matched_by(const IndexSchema& index, int i) const {
  const int column = question_.constraint(i).iColumn;
  if (question_.constraint(i).op != SQLITE_INDEX_CONSTRAINT_MATCH) return false;
  return column == visible_ + kText ||
         std::any_of(index.parts.begin(), index.parts.end(),
                     [column](const IndexPart& part) { return part.column == column; });
}

}  // namespace spectradb::extension

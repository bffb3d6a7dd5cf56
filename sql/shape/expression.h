// Expressions that indexes are on. SQLite offers a virtual table only comparisons of its columns. So an
// indexed expression is a hidden generated column of the table, and a query that uses the expression is
// rewritten to the column:
//
//   CREATE INDEX i ON t (doc ->> '$.user')   ->   "_expression_1" AS (doc ->> '$.user')
//   SELECT … WHERE doc ->> '$.user' = 'ann'  ->   … WHERE "t"."_expression_1" = 'ann'
//
// A partial UNIQUE index holds its condition as its last column, "_condition_1" AS (CASE WHEN … THEN 1 END):
// rows where that is NULL conflict with no row.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/shape/catalog.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

inline constexpr std::string_view kExpressionPrefix = "_expression_";
inline constexpr std::string_view kConditionPrefix = "_condition_";

// Whether a column of this name was made by an index, for an expression or a condition.
bool is_made_by_index(std::string_view name);
bool defines_made_column(std::string_view definition);  // the definition of a column or of a constraint
bool is_condition_column(std::string_view name);

// Returns what the hidden column of a partial UNIQUE index computes.
std::string condition_value(std::string_view condition);

// Returns the expression in the definition of a generated column, `"c" AS (a + b)`.
std::optional<std::string> generated_expression(std::string_view definition);

// Whether both texts are the same except for blanks, comments, case, quotes and parentheses around them.
bool is_same_expression(std::string_view a, std::string_view b);

// Strips the parentheses around the whole span.
Span without_parentheses(const Reader& reader, Span span);

// Returns how tightly the operator at i binds, from 1 (OR) to 10 (COLLATE); 0 where there is no operator.
int precedence(const Reader& reader, size_t i);

class IndexedExpression {
 public:
  // `columns` are those of the table, and outlive this object.
  IndexedExpression(const std::string& text, const std::vector<ColumnInfo>& columns);

  struct Occurrence {
    size_t end;                            // the token behind it
    std::optional<std::string> qualifier;  // what the columns are qualified with
  };
  // Finds the expression in a query at token i, as an operand or a term of its own. Returns nothing where the
  // text is the same but SQL reads it otherwise: `1 || a || b` holds no `a || b`.
  std::optional<Occurrence> at(const Reader& reader, size_t i, size_t end) const;

  // The columns that the expression names.
  const std::vector<std::string>& columns() const { return named_; }
  // Whether the expression is known to be NULL in rows that an outer join makes up.
  bool is_null_of_nulls() const { return is_null_of_nulls_; }

 private:
  bool is_column(size_t i) const;
  bool stands_alone(const Reader& reader, size_t i, size_t behind, size_t end) const;

  std::unique_ptr<const std::string> text_;
  Reader reader_;
  Span whole_;
  std::vector<bool> columns_;  // by token
  std::vector<std::string> named_;
  int loosest_ = 0;  // precedence of its loosest operator outside parentheses; 0: only to be found between
                     // parentheses, commas and clauses
  bool is_null_of_nulls_ = false;
};

}  // namespace spectradb::sql

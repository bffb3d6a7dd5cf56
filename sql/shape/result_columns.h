// What stands behind SELECT or RETURNING: expressions, and the names that they are given.
#pragma once

#include <string>
#include <vector>

#include "sql/text/reader.h"

namespace spectradb::sql {

struct ResultColumn {
  Span expression;
  std::string name;  // empty for the expression's own
};

// Of a list that ends where `list` does.
std::vector<ResultColumn> read_result_columns(const Reader& reader, Span list);

// The list of the SELECT at `i`: up to FROM, what else may follow, or the end of its query.
Span result_list(const Reader& reader, size_t i, size_t end);

}  // namespace spectradb::sql

// Reads the list behind SELECT or RETURNING: expressions, and their aliases.
#pragma once

#include <string>
#include <vector>

#include "sql/text/reader.h"

namespace spectradb::sql {

struct ResultColumn {
  Span expression;
  std::string name;  // the alias, or empty
};

// Reads a list that ends where `list` does.
std::vector<ResultColumn> read_result_columns(const Reader& reader, Span list);

// Returns the list of the SELECT at `i`: up to FROM or whatever else follows, or to the end of its query.
Span result_list(const Reader& reader, size_t i, size_t end);

}  // namespace spectradb::sql

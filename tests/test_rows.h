// Writes rows as test files do, and as two outcomes are compared.
#pragma once

#include <string>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

using Lines = std::vector<std::vector<std::string>>;

// Writes a value: (empty) for a text of blanks, and \n for a line end inside a text.
std::string written(const Cell& cell);
// Writes the rows with a letter for the type before each value.
Lines typed_lines(const Outcome& outcome);
// Sorts as `nosort`, `rowsort` or `valuesort` says.
void sort_lines(Lines& lines, const std::string& order);
// Joins the lines for reports: a line a row, with | between columns.
std::string join(const Lines& lines);

}  // namespace spectradb::tests

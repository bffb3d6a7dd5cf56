// Rows as test files write them, and as two outcomes are compared.
#pragma once

#include <string>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {

using Lines = std::vector<std::vector<std::string>>;

// A value: (empty) for a text of blanks, \n for a line end inside.
std::string written(const Cell& cell);
// The rows with a letter for the type before each value.
Lines typed_lines(const Outcome& outcome);
// `nosort`, `rowsort` or `valuesort`.
void sort_lines(Lines& lines, const std::string& order);
// For reports: a line a row, columns parted by |.
std::string join(const Lines& lines);

}  // namespace spectradb::tests

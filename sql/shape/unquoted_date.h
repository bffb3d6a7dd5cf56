// A date that lost its quotes. To SQLite 2026-06-01 is 2026 minus 6 minus 1: the number 2019, which would be taken for a
// commit, or for microseconds.
//
//   date := YYYY - M - D | YYYY / M / D | YYYY-MM      blanks may stand between the first ones' tokens
#pragma once

#include <cstddef>

#include "base/status.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

// Refuses a date without quotes at i, where a time stands, and a sum of a text and a number, which is one of its year:
// CURRENT_DATE - 7. In parentheses it is the arithmetic that it looks like.
Status refuse_unquoted_date(const Reader& reader, size_t i, size_t end);

}  // namespace spectradb::sql

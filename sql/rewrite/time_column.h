// The columns that show times of a row, and what compares them, as the text tells.
#pragma once

#include <cstddef>
#include <string_view>

#include "sql/text/reader.h"

namespace spectradb::sql {

// _valid_from, _valid_to or _committed_at, as written: in quotes or without.
bool is_time_column_text(std::string_view text);
// Whether a column reference ends at token i that names such a column.
bool is_time_column(const Reader& reader, size_t i);
bool is_comparison_operator(const Reader& reader, size_t i);

}  // namespace spectradb::sql

// The table option erase_by: by which column's values the rows are encrypted. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::temporal {

inline constexpr std::string_view kEraseByOption = "erase_by";

// The name of the column, as written; empty: the option is not among these.
std::string erase_by_of(const std::vector<std::string>& options);

}  // namespace spectradb::temporal

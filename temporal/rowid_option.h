// The table option rowid = none, by which a table that was made WITHOUT ROWID remembers that. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spectradb::temporal {

inline constexpr std::string_view kRowidOption = "rowid = none";

// Whether the options of a table, as written, have it.
bool says_without_rowid(const std::vector<std::string>& options);

}  // namespace spectradb::temporal

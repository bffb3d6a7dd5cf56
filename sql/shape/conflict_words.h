// The last word of the hidden column _upsert where constraints in the table's definition say ON CONFLICT: it
// tells the table whether the user or the rewriter wrote the statement's OR action.
#pragma once

#include <string_view>

namespace spectradb::sql {

inline constexpr std::string_view kSaidByUser = "!";
inline constexpr std::string_view kSaidByDefinition = "*";

}  // namespace spectradb::sql

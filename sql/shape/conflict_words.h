// What the hidden column _upsert ends with, where constraints of the table say ON CONFLICT in its definition: who has said
// what the statement says behind OR.
#pragma once

#include <string_view>

namespace spectradb::sql {

inline constexpr std::string_view kSaidByUser = "!";
inline constexpr std::string_view kSaidByDefinition = "*";

}  // namespace spectradb::sql

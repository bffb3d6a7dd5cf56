// The option definition = literals: each definition of a column or constraint stands in USING spectradb(…) as an SQL string,
// for programs that read the text of CREATE VIRTUAL TABLE themselves, and take expressions only between its parentheses.
#pragma once

#include <string>
#include <string_view>

namespace spectradb::sql {

// `options` are those of WITH SYSTEM VERSIONING (…), as written.
bool wants_literals(std::string_view options);

// Returns the definitions, which commas separate, as SQL strings that commas separate.
std::string definitions_as_literals(std::string_view definitions);

}  // namespace spectradb::sql

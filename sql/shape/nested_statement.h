// A statement that another one carries as text and runs with its own parameters. They become positional, and
// are passed as pairs of number and value; many of them in packs of such pairs, which copy the values.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sql/text/parameters.h"

namespace spectradb::sql {

struct NestedStatement {
  std::string text;                  // every parameter is ?number
  std::map<long, std::string> used;  // number -> the parameter as the user wrote it
};

// Nests `statement`, whose parameters have `numbers` in the statement around it.
NestedStatement nest(std::string_view statement, const ParameterNumbers& numbers);

// Returns the arguments that pass the parameters in `used`: ", 1, ?1, 2, :x", or, where they are many,
// ", spectradb_pack(1, ?1, 2, :x, …), …"; empty for none.
std::string passed(const std::map<long, std::string>& used);

// Returns the text as an SQL literal in quotes; unquote() is the inverse.
std::string string_literal(std::string_view text);

// Returns the bytes as an SQL literal: x'…'.
std::string blob_literal(std::string_view bytes);

}  // namespace spectradb::sql

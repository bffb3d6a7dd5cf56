// A statement that another one carries as text and runs with its own parameters: they become positional, and
// are passed as packs of (number, value).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sql/text/parameters.h"

namespace spectradb::sql {

struct NestedStatement {
  std::string text;                  // every parameter is ?number
  std::map<long, std::string> used;  // number -> as the user wrote it
};

// `statement` with the parameters of the statement around it, whose numbers are `numbers`.
NestedStatement nest(std::string_view statement, const ParameterNumbers& numbers);

// The arguments that hand over what `used` names: ", spectradb_pack(1, ?1, 2, :x), …"; empty for none.
std::string packed(const std::map<long, std::string>& used);

// The text as SQL spells it, in quotes: the inverse of unquote().
std::string string_literal(std::string_view text);

}  // namespace spectradb::sql

// The grammar of the statements that ordinary tables and their twins get: expressions, conditions, words.
#pragma once

#include <map>
#include <string_view>
#include <vector>

namespace spectradb::tests {

using TwinGrammar = std::map<char, std::vector<std::string_view>>;

// `$x` in a text stands for an alternative of x; below some depth the first one is taken. More symbols are
// in TwinText::symbol: $T and $U are the two tables, $c and $d columns of them, $l literals or parameters.
const TwinGrammar& twin_grammar();

}  // namespace spectradb::tests

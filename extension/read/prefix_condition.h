// spectradb_prefix(text, beginning): whether a text begins so, byte by byte. Of a column of a temporal table, a
// plan answers it by a range of keys, as it answers GLOB 'beginning*'; but the beginning is taken as it is, whatever
// letters it has. SQLite calls the function for each row of the range, too.
#pragma once

#include "extension/facet/function.h"

namespace spectradb::extension {

extern const Function kPrefixCondition;

// Returns the operator by which SQLite names the condition to a planner: the one behind those of the kinds of
// indexes.
int prefix_operator();

}  // namespace spectradb::extension

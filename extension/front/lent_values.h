// The functions that carry large values past the table spectradb_returned: the columns of rows that a statement has
// written are lent where they are read and given back behind RETURNING. What SQLite stores between the two is a
// handle of some bytes instead of two copies of the value.
#pragma once

#include <span>

#include "extension/facet/function.h"

namespace spectradb::extension {

std::span<const Function> lending_functions();

}  // namespace spectradb::extension

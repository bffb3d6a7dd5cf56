// Has spectradb_bm25(), spectradb_highlight() and spectradb_snippet(), for a row that MATCH has found.
#pragma once

#include <span>

#include "extension/facet/function.h"

namespace spectradb::extension {

std::span<const Function> text_functions();

}  // namespace spectradb::extension

// What spectradb_help says about the statements, clauses and table options that the rewriter takes.
#pragma once

#include <span>

#include "extension/facet/facet.h"

namespace spectradb::extension {

std::span<const Help> statements_help();

}  // namespace spectradb::extension

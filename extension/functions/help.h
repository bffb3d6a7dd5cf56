// What spectradb_help says about the functions and tables of this room.
#pragma once

#include <span>

#include "extension/facet/facet.h"

namespace spectradb::extension {

std::span<const Help> functions_help();

}  // namespace spectradb::extension

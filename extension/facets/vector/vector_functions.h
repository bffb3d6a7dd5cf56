// Has the functions on vectors (docs/vectors.md); facet.cc lists them.
#pragma once

#include <span>

#include "extension/facet/function.h"

namespace spectradb::extension {

std::span<const Function> vector_functions();

}  // namespace spectradb::extension

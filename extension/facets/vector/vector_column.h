// VECTOR and VECTOR(384) as types of columns: what is stored there is a vector, as it was given, and of so
// many dimensions. See docs/vectors.md.
#pragma once

#include "extension/facet/column_type.h"

namespace spectradb::extension {

extern const ColumnType kVectorColumn;

}  // namespace spectradb::extension

// VECTOR and VECTOR(384) as column types: such columns accept only vectors, with that many dimensions where a
// number is given, and store them as given. See docs/vectors.md.
#pragma once

#include "extension/facet/column_type.h"

namespace spectradb::extension {

extern const ColumnType kVectorColumn;

}  // namespace spectradb::extension

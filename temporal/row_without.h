// Rows without one of their values, for readers that keep many rows and need the others.
#pragma once

#include <string>
#include <string_view>

#include "temporal/value.h"

namespace spectradb::temporal {

// Appends the payload with NULL in the place of a value that was read from it. Returns false, and appends nothing,
// where the value's bytes do not lie in the payload.
bool append_row_without(std::string& out, std::string_view payload, const Value& value);

}  // namespace spectradb::temporal

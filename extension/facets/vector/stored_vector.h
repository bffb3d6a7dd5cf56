// Reads vectors as tables store them: as they were given. Used by any thread.
#pragma once

#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

// Returns the elements of a stored vector: JSON text, or a BLOB. kInvalid for anything else, and for bits.
Result<std::vector<float>> floats_of(const temporal::Value& value);

}  // namespace spectradb::extension

// JSON text is checked, never changed: the document comes back byte for byte.
#pragma once

#include <string_view>

#include "lsm/status.h"

namespace spectradb::temporal {

// kInvalid with what is wrong and where: "Missing a comma or '}' after an object member. at byte 17"
// (0-based). Depth is not limited by the C++ stack; the text must be valid UTF-8; a number beyond the range
// of a double is refused.
Status check_json(std::string_view text);

}  // namespace spectradb::temporal

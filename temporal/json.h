// Checks JSON text and reads parts of it. A document is never changed: it comes back byte for byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::temporal {

// kInvalid says what is wrong and where: "Missing a comma or '}' after an object member. at byte 17"
// (0-based). The C++ stack does not limit depth; the text must be valid UTF-8; a number beyond the range of a
// double is refused.
Status check_json(std::string_view text);

// Reads a JSON number: as an integer where it is one of 64 bits, and else as the nearest real, whatever the
// program's locale. Readers take numbers as text (kParseNumbersAsStringsFlag): RapidJSON's own conversion
// with full precision reads outside its table of powers at several hundred zeros behind the point.
Value number_of_json(std::string_view number);

struct JsonScalar {
  Value value;       // true and false are 1 and 0
  std::string text;  // of a string; value.bytes is not set
};
// Returns nullopt when the text is no JSON array of scalars.
std::optional<std::vector<JsonScalar>> read_json_array(std::string_view text);

}  // namespace spectradb::temporal

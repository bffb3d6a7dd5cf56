// Reads and writes vectors as JSON arrays of numbers, which is how people write them. Used by any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

// Returns the numbers as float32. kInvalid says what is wrong and where: "JSON element 17 is not a finite
// number", counted from 0 as in JSON paths.
Result<std::vector<float>> read_json_vector(std::string_view text);

// Writes the shortest texts that read as the same float32.
std::string json_of_vector(std::span<const float> floats);

}  // namespace spectradb::extension

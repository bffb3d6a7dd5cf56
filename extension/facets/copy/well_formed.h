// Checks bytes that should be UTF-8. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace spectradb::extension::copy {

// Returns the first byte that is not part of a well-formed character, or npos. PostgreSQL has no zero byte in
// a text, so one is ill-formed.
size_t find_ill_formed(std::string_view text);

}  // namespace spectradb::extension::copy

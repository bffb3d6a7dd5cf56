// Numbers as hosts bind them: JavaScript's are all REAL, PHP and CGI give text.
#pragma once

#include <cstdint>
#include <optional>

#include "temporal/value.h"

namespace spectradb::extension {

// A REAL without a fraction as the integer that it is; every other value as it is.
temporal::Value integral(const temporal::Value& value);

// The number that a commit is named by: an integer, a REAL without a fraction, or text of one of them. Texts
// of times never are: they have more than one number in them.
std::optional<int64_t> commit_number(const temporal::Value& value);

}  // namespace spectradb::extension

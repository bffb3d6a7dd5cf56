// Numbers as hosts bind them: JavaScript binds REAL only, PHP and CGI bind text.
#pragma once

#include <cstdint>
#include <optional>

#include "temporal/value.h"

namespace spectradb::extension {

// Returns a REAL without a fraction as an integer, and every other value unchanged.
temporal::Value integral(const temporal::Value& value);

// Returns the commit number that a value names: an integer, a REAL without a fraction, or text of either.
// Texts of times never name one: they contain more than one number.
std::optional<int64_t> commit_number(const temporal::Value& value);

}  // namespace spectradb::extension

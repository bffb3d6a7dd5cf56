// Writes values as SQL, exactly: reading the text gives the same values. Any thread.
#pragma once

#include <string>

#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::extension::dump {

void append_literal(std::string& out, const temporal::Value& value);
// Writes NULL where there is no bound.
void append_literal(std::string& out, const temporal::Bound& bound);

}  // namespace spectradb::extension::dump

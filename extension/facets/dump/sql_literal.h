// Values as SQL spells them, exactly: what is read from the text is what was there. Any thread.
#pragma once

#include <string>

#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::extension::dump {

void append_literal(std::string& out, const temporal::Value& value);
// NULL where the bound is none.
void append_literal(std::string& out, const temporal::Bound& bound);

}  // namespace spectradb::extension::dump

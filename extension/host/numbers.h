// Numbers as hosts bind them: JavaScript binds REAL only, PHP and CGI bind text.
#pragma once

#include <cstdint>
#include <optional>

#include "extension/host/api.h"
#include "temporal/value.h"

namespace spectradb::extension {

// Returns a REAL without a fraction as an integer, and every other value unchanged.
temporal::Value integral(const temporal::Value& value);

// Returns the commit number that a value names: an integer, a REAL without a fraction, or text of either.
// Texts of times never name one: they contain more than one number.
std::optional<int64_t> commit_number(const temporal::Value& value);

// Lets the SQLite that runs say how a REAL becomes text where a column is of text: versions differ in how many digits they keep.
// Where it cannot be asked, what another connection of the process has learned stays. Call it behind the gate (access/gate.h).
void write_reals_as(sqlite3* db);

}  // namespace spectradb::extension

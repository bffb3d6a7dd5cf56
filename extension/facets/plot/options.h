// Reads options of the pictures from a JSON object of names and values. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/session/connection.h"
#include "temporal/value.h"

namespace spectradb::extension::plot {

struct Options {
  std::vector<std::string> columns;  // columns whose values are labels; none: all outside the key
  int64_t width = 800;               // in pixels
  int64_t commits = 60;              // how many of the last commits are drawn
  std::string schema;                // empty: where SQLite finds the table
};

// Reads the options; kInvalid names one that is unknown or has a wrong value. `given` may be NULL.
Result<Options> read_options(Connection& connection, const temporal::Value& given);

// Returns the elements of a JSON array as SQL values, and arrays inside it as text. kInvalid for anything
// else.
struct Element {
  std::string bytes;
  temporal::Value value;  // its bytes are not set
};
Result<std::vector<Element>> read_array(Connection& connection, const temporal::Value& given);

}  // namespace spectradb::extension::plot

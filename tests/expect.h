// Ends a test program where what it expects does not hold.
#pragma once

#include <string>

#include "tests/database.h"

namespace spectradb::tests {

// Ends the program with this report unless it holds.
inline void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

// The outcome must have this primary result code, and a message with `part`.
inline void expect_error(const Outcome& outcome, int code, const std::string& part) {
  expect((outcome.code & 0xff) == code && outcome.message.find(part) != std::string::npos,
         "not error " + std::to_string(code) + " with \"" + part + "\" but " + std::to_string(outcome.code) +
             ": " + outcome.message + describe(outcome.rows));
}

}  // namespace spectradb::tests

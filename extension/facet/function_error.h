// Errors for calls of functions. Any thread.
#pragma once

#include <string_view>

#include "base/status.h"

namespace spectradb::extension {

// Adds the name of the function to the message: "spectradb_bucket: …".
Status in_function(std::string_view function, const Status& status);
// Adds the function and the argument, counted from 0: "spectradb_bucket, argument 1: …".
Status in_argument(std::string_view function, int argument, const Status& status);

}  // namespace spectradb::extension

// What functions say when something is wrong with a call. Used by any thread.
#pragma once

#include <string_view>

#include "base/status.h"

namespace spectradb::extension {

// The same, with the name of the function that says it: "spectradb_bucket: …".
Status in_function(std::string_view function, const Status& status);
// The same of an argument, counted from 0: "spectradb_bucket, argument 1: …".
Status in_argument(std::string_view function, int argument, const Status& status);

}  // namespace spectradb::extension

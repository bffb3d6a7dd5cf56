// Waiting for the next commit without asking again and again. Used by the thread that uses the connection.
#pragma once

#include "extension/facet/function.h"

namespace spectradb::extension::feed {

inline constexpr const char* kWait = "spectradb_wait";

// spectradb_wait(since, seconds [, schema]) returns the last commit once there is one behind `since`, NULL
// when there is none after so many seconds. A commit of this process is seen at once, one of another process
// a moment later. kInvalid inside a transaction, which sees nothing new.
Status wait(const FunctionCall& call);

}  // namespace spectradb::extension::feed

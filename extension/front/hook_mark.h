// Marks texts that came through the prepare hook: spectradb_hooked() gets an argument in them, a number that
// this process has drawn at random. Any thread.
#pragma once

#include <string>

#include "base/status.h"

namespace spectradb::extension {

struct FunctionCall;

const std::string& hook_mark();

// spectradb_hooked() -> 0, spectradb_hooked(mark) -> 1
Status hooked(const FunctionCall& call);

}  // namespace spectradb::extension

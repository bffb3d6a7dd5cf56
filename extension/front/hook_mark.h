// How a statement is known whose text came through the prepare hook: in it spectradb_hooked() has an argument, a number
// that this process has drawn. Any thread.
#pragma once

#include <string>

#include "base/status.h"

namespace spectradb::extension {

struct FunctionCall;

const std::string& hook_mark();

// spectradb_hooked() -> 0, spectradb_hooked(mark) -> 1
Status hooked(const FunctionCall& call);

}  // namespace spectradb::extension

// The files of a store that hold nothing but keys that nobody reads any more.
#pragma once

#include <string>
#include <vector>

#include "lsm/base/retired_keys.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

// Takes them away, and tells their names.
std::vector<std::string> remove_retired(const RetiredKeys& retired, FileSet* files);

}  // namespace spectradb::lsm

// The files of a store all of whose keys are retired: nobody reads them any more.
#pragma once

#include <string>
#include <vector>

#include "lsm/base/retired_keys.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

// Removes these files from the file set, and returns their names.
std::vector<std::string> remove_retired(const RetiredKeys& retired, FileSet* files);

}  // namespace spectradb::lsm

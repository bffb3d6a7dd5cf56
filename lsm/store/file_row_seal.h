// The seal of a row of _spectradb_files: the checksum of its other columns, by which a change of somebody else is
// noticed. Pure; any thread.
#pragma once

#include <cstdint>

#include "lsm/store/store_rows.h"

namespace spectradb::lsm {

// `others` is the sum of the seals of all other rows for the head, and 0 for each other one. `seed` is the store's.
uint64_t file_row_seal(const StoreRows::File& row, uint64_t others, uint64_t seed);

}  // namespace spectradb::lsm

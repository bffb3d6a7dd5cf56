// Reads many keys of a range with less work for each than steps of a cursor take: where all sources but one
// stand behind a stretch of keys, that one is read block by block. One thread.
#pragma once

#include <string_view>

#include "lsm/base/run_sink.h"
#include "lsm/base/version_cursor.h"

namespace spectradb::lsm {

// Gives the sink the version that the cursor stands on, and then the newest shown version of each following
// key before `below`. Behind it the cursor stands on the first version that was not taken, or is not valid.
// The cursor was sought by seek(), and takes every version for the newest of its key that it shows.
void read_run(VersionCursor& cursor, std::string_view below, RunSink& sink);

}  // namespace spectradb::lsm

// The state of a store as a whole, put aside and taken back. A store that goes back behind commits that are in SSTables
// has other tables afterwards; its manifest is kept as MANIFEST.cut (or MANIFEST.2.cut …), its tables as ….sst.cut and
// its log as log-….cut, so that nothing is lost. The store is open nowhere. One thread.
#pragma once

#include <optional>
#include <string>

#include "lsm/log/manifest.h"
#include "lsm/store/repair.h"

namespace spectradb::lsm {

// Copies manifest and log, and gives the tables second names; durable when it returns ok. The store is as it was.
Status set_aside(FileSystem& file_system, const std::string& directory, const Manifest& manifest);

// Of the manifests that were set aside the one with the most commits that are the database's, if there is one.
// Its log begins anew, and its numbers of files are beyond those that the directory has.
Result<std::optional<Manifest>> find_set_aside(FileSystem& file_system, const std::string& directory,
                                               const Manifest& now, const Committed& committed,
                                               const AskFrame& ask_frame);

// Gives the tables that a manifest names their own names again.
Status take_back_tables(FileSystem& file_system, const std::string& directory, const Manifest& manifest);

// Behind all segments of the log that the directory has, also aside.
Result<uint64_t> unused_segment(FileSystem& file_system, const std::string& directory,
                                const Manifest& manifest);

}  // namespace spectradb::lsm

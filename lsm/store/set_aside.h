// Sets the state of a store aside as a whole, and takes it back. A store that is rewound to before commits
// that SSTables hold gets other tables. Its old manifest is kept as MANIFEST.cut (or MANIFEST.2.cut …),
// its tables as ….sst.cut and its log as log-….cut, so that nothing is lost. The store must not be open.
// One thread.
#pragma once

#include <optional>
#include <string>

#include "lsm/log/manifest.h"
#include "lsm/store/repair.h"

namespace spectradb::lsm {

// Copies manifest and log, and gives the tables second names; all is durable when it returns ok. The store stays as it was.
Status set_aside(FileSystem& file_system, const std::string& directory, const Manifest& manifest);

// Finds, of the manifests that were set aside, the one with the most commits that are the database's, if there is one.
// Its log begins anew, and its numbers of files are beyond those that the directory has.
Result<std::optional<Manifest>> find_set_aside(FileSystem& file_system, const std::string& directory,
                                               const Manifest& now, const Committed& committed,
                                               const AskFrame& ask_frame);

// Gives the tables that the manifest names their own names back.
Status take_back_tables(FileSystem& file_system, const std::string& directory, const Manifest& manifest);

// Returns a number behind all segments of the log in the directory, those set aside included.
Result<uint64_t> unused_segment(FileSystem& file_system, const std::string& directory,
                                const Manifest& manifest);

}  // namespace spectradb::lsm

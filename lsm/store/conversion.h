// Moves a store to other storage with the same facts, commits and id: from a directory to rows of a
// database, and back. All tables are merged into new ones, for each shard one level and one group of
// history. The source store belongs to the caller alone (a copy, say). A target that is left half-written
// by a failure is worthless. One thread.
#pragma once

#include <functional>

#include "lsm/store/store.h"
#include "lsm/store/store_rows.h"

namespace spectradb::lsm {

using IsInterrupted = std::function<bool()>;  // asked now and then; may be empty

// `from` names the directory and its options, `committed` is what the database says about it. Writes the
// rows in the open transaction of `to`, which has no store yet.
Status convert_to_rows(const StoreOptions& from, const Committed& committed, StoreRows& to,
                       const IsInterrupted& is_interrupted);

// `last` is the last commit that the rows have. Makes the directory of `to`, durably.
Status convert_to_directory(StoreRows& from, CommitToken last, const StoreOptions& to,
                            const IsInterrupted& is_interrupted);

}  // namespace spectradb::lsm

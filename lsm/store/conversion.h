// A store in other storage, with the same facts, commits and id: from a directory to rows of a database, and back. All
// tables are merged into new ones, for each shard one level and one group of history. The store that is read belongs to
// the caller alone (a copy, say); so does the place that is written, and what fails halfway is of no worth. One thread.
#pragma once

#include <functional>

#include "lsm/store/store.h"
#include "lsm/store/store_rows.h"

namespace spectradb::lsm {

using IsInterrupted = std::function<bool()>;  // asked now and then; may be empty

// `from` names the directory and how it is opened; what `committed` says of it. The rows are written in the open
// transaction of `to`, which has no store yet.
Status convert_to_rows(const StoreOptions& from, const Committed& committed, StoreRows& to,
                       const IsInterrupted& is_interrupted);

// `last` is the last commit that the rows have; the directory of `to` is made, durably.
Status convert_to_directory(StoreRows& from, CommitToken last, const StoreOptions& to,
                            const IsInterrupted& is_interrupted);

}  // namespace spectradb::lsm

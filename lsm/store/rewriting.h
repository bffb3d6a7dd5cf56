// Merges all tables of a file set into new ones, which may lie in another file system: for each shard one
// level, and one group of history. One thread.
#pragma once

#include <memory>

#include "lsm/base/knobs.h"
#include "lsm/base/retired_keys.h"
#include "lsm/merge/merge_job.h"
#include "lsm/store/read_state.h"

namespace spectradb::lsm {

// `context` says where the new files go, `open` opens them there, and `look` may stop the work. The new
// files stay, even after a failure.
Result<std::shared_ptr<const FileSet>> rewrite_files(const MergeContext& context, const Knobs& knobs,
                                                     std::shared_ptr<const FileSet> from,
                                                     const RetiredKeys& retired,
                                                     const MergeJob::OpenTables& open,
                                                     const MergeJob::Look& look);

}  // namespace spectradb::lsm

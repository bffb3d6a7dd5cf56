#include "extension/times/commit_times.h"

#include "temporal/instant.h"

namespace spectradb::extension {

Status CommitTimes::give(sqlite3_context* context, uint64_t commit) {
  if (commit != commit_) {
    SPECTRADB_ASSIGN_OR_RETURN(std::optional<int64_t> time, database_.commit_time_us(commit));
    if (!time.has_value()) return Status::ok();
    text_ = temporal::format_instant(*time);
    commit_ = commit;
  }
  sqlite3_result_text(context, text_.data(), static_cast<int>(text_.size()), SQLITE_TRANSIENT);
  return Status::ok();
}

}  // namespace spectradb::extension

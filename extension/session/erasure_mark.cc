#include "extension/session/erasure_mark.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "extension/session/database.h"
#include "extension/session/erasures.h"

namespace spectradb::extension {

Result<bool> ErasureMark::has_moved(Database& database) {
  Erasures erasures(database);
  int64_t newest = 0;
  if (erasures.are_known()) {
    SPECTRADB_ASSIGN_OR_RETURN(newest, erasures.newest());
  }
  const bool is_exchanged = std::exchange(history_, database.history()) != database.history();
  if (newest == newest_ && !is_erasing_) return is_exchanged;
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Erasures::Record> unfinished, erasures.unfinished());
  is_erasing_ = std::any_of(unfinished.begin(), unfinished.end(),
                            [](const Erasures::Record& one) { return one.stage == Erasures::Stage::kBegun; });
  newest_ = newest;
  return true;
}

}  // namespace spectradb::extension

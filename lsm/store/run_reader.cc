#include "lsm/store/run_reader.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/base/key_order.h"
#include "lsm/store/store_cursor.h"

namespace spectradb::lsm {

void read_run(VersionCursor& cursor, std::string_view below, RunSink& sink) {
  if (auto* const store_cursor = dynamic_cast<StoreCursor*>(&cursor))
    return store_cursor->read_run(below, sink);
  while (cursor.valid() && compare_keys(cursor.user_key(), below) < 0 &&
         sink.take(cursor.user_key(), cursor.value()))
    cursor.next_key();
}

// Takes keys one by one where own writes, or another source, may have to say something of them.
void StoreCursor::read_run(std::string_view below, RunSink& sink) {
  SPECTRADB_ASSERT(mode_ == Mode::kMerge);
  while (valid() && compare_keys(user_key(), below) < 0) {
    if (own_runs_.empty() && !own_has_changed() && !own_was_spilled()) {
      const VersionIterator::Run run = read_run_of_top(below, sink);
      if (run.is_ended) return;
      if (run.count > 0) continue;
    }
    if (!sink.take(user_key(), value())) return;
    next_key();
  }
}

// Reads from the top source alone what lies before the keys of all others.
VersionIterator::Run StoreCursor::read_run_of_top(std::string_view below, RunSink& sink) {
  if (heap_.size() > 1) below = std::min(below, heap_.second_key());
  const VersionIterator::Run run = current_->read_run(below, sink);
  if (run.count == 0) return run;
  settle();
  take_top();
  return run;
}

}  // namespace spectradb::lsm

// The versions that one open transaction has written, in order, readable while it grows (read your own
// writes). One thread at a time. Cursors made on it (VersionCursor, through Store::new_cursor) stay usable
// while it grows and while it is rolled back: they then simply do not show what is gone.
//
// Once its commit is published a batch is only good for reading, clear() and destruction: the store may have
// taken its memory over as a memtable instead of copying it.
//
// Store::spill() moves what is in memory to files, which are removed with the batch, unless its commit is
// published.
//
// Every entry has an ordinal, counted from 0 in the order of put() and never reused. rollback_to(mark) kills
// the entries from `mark` on: their ordinals stay behind as holes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "lsm/base/recency.h"

namespace spectradb::lsm {

class WriteBatch {
 public:
  WriteBatch();
  ~WriteBatch();
  WriteBatch(const WriteBatch&) = delete;
  WriteBatch& operator=(const WriteBatch&) = delete;

  // Copies key and value; returns the ordinal. `valid` holds the value's bounds, or wider ones; cursors
  // skip the entry by them.
  uint32_t put(std::string_view user_key, std::string_view value,
               const VersionBounds& valid = {INT64_MIN, INT64_MAX});
  // Has the processor fetch what a put() of that key will read first: worth it where keys are known some steps before.
  void prefetch(std::string_view user_key) const;
  uint32_t mark() const;            // the ordinal that the next put() gets
  void rollback_to(uint32_t mark);  // entries with ordinal >= mark are gone
  // What the batch held at a mark, in memory and in files, for a rollback that takes back spilling as
  // well. hold() before rollback_to() makes the batch as it was at the mark, except for later entries.
  struct Held;
  std::shared_ptr<const Held> held() const;
  void hold(const Held* held);    // null: the batch was new
  void make_room_for_rollback();  // rollback_to() any mark taken so far then needs no memory
  void clear();                   // empties the batch and starts at ordinal 0; no cursor may be open on it
  uint64_t count() const;         // living entries
  // Estimates how many entries have keys in [from, to), rolled-back ones included.
  uint64_t estimate_between(std::string_view from, std::string_view to) const;
  uint64_t size_bytes() const;  // memory held
  bool is_spilled() const;      // some entries are in files (Store::spill)
  void remove_files();          // for when its transaction is over; open readers may go on

  // Living entries in memory, in ordinal order.
  void for_each(
      const std::function<void(uint32_t ordinal, std::string_view user_key, std::string_view value)>&) const;

  struct Rep;
  Rep* rep() const { return rep_.get(); }  // for the cursors of lsm/

 private:
  std::unique_ptr<Rep> rep_;
};

}  // namespace spectradb::lsm

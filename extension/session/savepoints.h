// The savepoints of an open transaction, by SQLite's levels, and where each stands in what the transaction wrote.
// Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "lsm/memory/write_batch.h"

namespace spectradb::extension {

struct Savepoint {
  uint32_t mark = 0;  // of the batch
  // Of a store in the database, whose rows go back with it: its edits, and the batch as it was, null for none.
  uint64_t edits = 0;
  std::shared_ptr<const lsm::WriteBatch::Held> held;
};

class Savepoints {
 public:
  // SQLite tells of a savepoint once for each table that takes part, of one that joins late with a later mark: the
  // first call counts. A table that joins late hears only of the innermost savepoint, though that stands for the
  // outer ones as well.
  void open(int level, const Savepoint& here);
  void release(int level) noexcept;  // and those inside it

  // Ends the savepoints inside the level and returns where that one stands, and from now on is the innermost. A
  // negative level is the whole transaction: a SAVEPOINT that opened it has no level of its own. Nothing where none of
  // the open savepoints has so high a level: what was written belongs to the outer ones.
  std::optional<Savepoint> roll_back_to(int level) noexcept;
  void clear() noexcept { by_level_.clear(); }

  bool stand_before_all_writes() const;

 private:
  bool are_in_order() const;

  std::map<int, Savepoint> by_level_;
};

}  // namespace spectradb::extension

// Memtables that closed stores in databases have left, for the next connection of this process that opens the same
// store: it reads the frames of the log all the same, and compares them, but need not put each fact in its place
// again. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/memory/memtable.h"
#include "lsm/store/store_id.h"

namespace spectradb::lsm {

// A memtable with the facts of all commits behind one. A frame's token is computed from all its bytes and the store's
// id: the memtable is right for whoever finds frames with these tokens in the database.
struct FramedMemtable {
  uint64_t behind = 0;           // the last commit that is not in it
  std::vector<uint64_t> tokens;  // of the frames, a commit each
  std::shared_ptr<Memtable> memtable = std::make_shared<Memtable>();

  uint64_t last() const { return behind + tokens.size(); }
};

// Keeps a memtable that nobody else holds, in the place of the one left longest ago; one of much memory, or without
// facts, is not kept.
void leave_memtable(const StoreId& store, FramedMemtable left) noexcept;

// Takes out the one that was left last by a store of this id, with the facts behind this commit; a memtable without
// facts where there is none.
FramedMemtable take_left_memtable(const StoreId& store, uint64_t behind);

}  // namespace spectradb::lsm

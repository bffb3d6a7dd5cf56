#include "lsm/store/left_memtables.h"

#include <array>
#include <memory>
#include <mutex>
#include <utility>

namespace spectradb::lsm {

namespace {

constexpr size_t kMostLeft = 4;
constexpr uint64_t kMostBytes = 8u << 20;  // of one; the default of a full memtable is 4 MiB

struct Left {
  StoreId store;
  FramedMemtable facts;
};

struct LeftMemtables {
  std::mutex mutex;
  std::array<Left, kMostLeft> newest_first;
};

// Never destroyed: stores may be closed while the process runs its destructors.
LeftMemtables& left_memtables() {
  static auto* const all = new LeftMemtables;
  return *all;
}

}  // namespace

// The lock is only tried: in a forked child, a thread that the child has not got may hold it forever.
void leave_memtable(const StoreId& store, FramedMemtable left) noexcept {
  if (left.tokens.empty() || left.memtable->size_bytes() > kMostBytes) return;
  Left newest{{}, std::move(left)};
  try {
    newest.store = store;
    LeftMemtables& all = left_memtables();
    const std::unique_lock lock(all.mutex, std::try_to_lock);
    if (!lock.owns_lock()) return;
    for (Left& each : all.newest_first) {
      std::swap(each, newest);
      if (newest.facts.tokens.empty()) break;
    }
  } catch (const std::bad_alloc&) {
    return;  // the next connection reads the frames
  }
}

FramedMemtable take_left_memtable(const StoreId& store, uint64_t behind) {
  LeftMemtables& all = left_memtables();
  const std::unique_lock lock(all.mutex, std::try_to_lock);
  for (size_t i = 0; lock.owns_lock() && i < kMostLeft; ++i) {
    Left& each = all.newest_first[i];
    if (each.store == store && each.facts.behind < behind) each = Left();  // its facts are in SSTables by now
    // A cursor of the closed store may not have let go of it yet.
    if (each.store != store || each.facts.behind != behind || each.facts.memtable.use_count() != 1) continue;
    // The count alone orders nothing; giving a copy back does, behind what that cursor's thread has read.
    std::shared_ptr(each.facts.memtable).reset();
    return std::exchange(each, Left()).facts;
  }
  FramedMemtable none;
  none.behind = behind;
  return none;
}

}  // namespace spectradb::lsm

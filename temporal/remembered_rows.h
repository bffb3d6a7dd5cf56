// Rows that were lately found by their keys, for who asks for the same ones again: a row is remembered when it is
// found for the second time. A row holds for as long as reads have the stamp that it was found with. The memory
// is bounded; none is taken before some rows were looked for. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lsm/store/store_cursor.h"

namespace spectradb::temporal {

class RememberedRows {
 public:
  using Stamp = lsm::StoreCursor::Stamp;
  struct Row {
    std::string_view user_key;
    std::string_view payload;
    uint64_t system_from = 0;
    uint32_t ordinal = 0;
  };

  // The views of the row live until the next call of add().
  bool find(std::string_view user_key, const Stamp& stamp, Row* row);
  // Notes the row that find() has just not found.
  void add(const Row& row, const Stamp& stamp);

 private:
  // The key follows, then the payload.
  struct Kept {
    uint64_t system_from;
    Stamp stamp;
    uint32_t ordinal;
    uint32_t key_bytes;
    uint32_t payload_bytes;
    uint32_t room_bytes;  // for both
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
  };
  struct Free {
    void operator()(Kept* kept) const { ::operator delete(kept); }
  };
  struct Slot {
    uint64_t hash = 0;
    std::unique_ptr<Kept, Free> kept;  // null: the key was found once
  };

  static uint64_t hash_of(std::string_view user_key);
  Slot& slot_of(std::string_view user_key, uint64_t hash);
  void keep(Slot& slot, const Row& row, const Stamp& stamp);

  std::vector<Slot> slots_;
  uint64_t kept_bytes_ = 0;
  uint32_t asked_ = 0;  // before there are slots
};

}  // namespace spectradb::temporal

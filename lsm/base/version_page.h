// The newest shown versions of keys that follow one another in one source, copied, so that the source moves on
// while they are read. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "lsm/base/key_order.h"

namespace spectradb::lsm {

class VersionPage {
 public:
  static constexpr size_t kMostVersions = 64;
  // A page is full once its keys and values take so many bytes. A larger value is not copied.
  static constexpr size_t kFullBytes = 32u << 10;

  // Makes room for so many versions of keys before `below`, whose bytes outlive the filling.
  void clear(size_t versions_max, std::string_view below) {
    count_ = used_ = 0;
    limit_ = std::min(versions_max, kMostVersions);
    below_ = below;
  }
  bool takes(std::string_view user_key) const {
    return count_ < limit_ && used_ < kFullBytes && compare_keys(user_key, below_) < 0;
  }
  // A value that is empty, or too large to be copied, comes out empty: it must be looked up by its key.
  void add(std::string_view user_key, std::string_view value, uint64_t commit, uint32_t ordinal) {
    SPECTRADB_ASSERT(takes(user_key));
    if (value.size() > kFullBytes) value = {};
    const size_t size = user_key.size() + value.size() + 1;
    if (capacity_ - used_ < size) grow(size);
    char* const at = bytes_.get() + used_;
    if (!user_key.empty()) std::memcpy(at, user_key.data(), user_key.size());
    if (!value.empty()) std::memcpy(at + user_key.size(), value.data(), value.size());
    at[size - 1] = '\0';  // what ends a value can be given to SQLite as it lies here
    entries_[count_++] = {commit, ordinal, static_cast<uint32_t>(used_),
                          static_cast<uint32_t>(user_key.size()), static_cast<uint32_t>(value.size())};
    used_ += size;
  }

  size_t count() const { return count_; }
  // The views live until clear() or add().
  std::string_view user_key(size_t place) const {
    return {bytes_.get() + entries_[place].offset, entries_[place].key_bytes};
  }
  std::string_view value(size_t place) const {
    const Entry& entry = entries_[place];
    return {bytes_.get() + entry.offset + entry.key_bytes, entry.value_bytes};
  }
  uint64_t commit(size_t place) const { return entries_[place].commit; }
  uint32_t ordinal(size_t place) const { return entries_[place].ordinal; }

 private:
  struct Entry {
    uint64_t commit;
    uint32_t ordinal;
    uint32_t offset;  // of the key; the value and a zero byte follow it
    uint32_t key_bytes;
    uint32_t value_bytes;
  };

  void grow(size_t size) {
    const size_t capacity = std::max<size_t>(2 * capacity_, used_ + size);
    std::unique_ptr<char[]> bytes(new char[capacity]);
    if (used_ > 0) std::memcpy(bytes.get(), bytes_.get(), used_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::array<Entry, kMostVersions> entries_;
  size_t count_ = 0;
  size_t limit_ = 0;
  std::string_view below_;
  std::unique_ptr<char[]> bytes_;
  size_t used_ = 0;
  size_t capacity_ = 0;
};

}  // namespace spectradb::lsm

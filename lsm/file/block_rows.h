// The SSTables of a store that lives in a database, as rows. Each block is one row, so reading a block
// costs one search and, where the row fits a page, no walk along a chain of overflow pages. The owner of
// the database implements this interface. Every call runs inside the transaction that is open there and
// sees its snapshot. Only the thread that uses the connection calls it.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string_view>

#include "base/status.h"

namespace spectradb::lsm {

class BlockRows {
 public:
  virtual ~BlockRows() = default;
  virtual size_t row_bytes() const = 0;  // the largest row that fits a page
  virtual Status put(uint64_t file, uint64_t offset, std::string_view bytes) = 0;
  // Reads the row that begins at `offset` of the file, and those that follow it without a gap: copies up to
  // `capacity` bytes and returns how many. kMissing where no row begins there.
  virtual Result<size_t> read(uint64_t file, uint64_t offset, char* to, size_t capacity) = 0;
  virtual Result<uint64_t> size_of(uint64_t file) = 0;  // in bytes; kMissing where it has no rows
  virtual Status remove(uint64_t file) = 0;
};

// The files' link to the connection whose rows they read. The connection may finalize its statements
// before all readers are gone; `rows` is null from then on, and every read fails.
struct BlockRowsLink {
  BlockRows* rows = nullptr;
  std::set<uint64_t> made;  // the files that the open transaction began; cleared with its end
};

inline constexpr unsigned kOffsetBits = 36;  // of the key of a row: the file's number stands above its offset
inline constexpr uint64_t kMaxRowFileBytes = uint64_t{1} << kOffsetBits;
inline constexpr uint64_t kMaxRowFileNumber = (uint64_t{1} << (63 - kOffsetBits)) - 1;

}  // namespace spectradb::lsm

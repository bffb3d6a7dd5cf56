// The tables of a store that lives in a database, as rows: each block of an SSTable is one, so that reading it costs one
// search and, where it fits a page, no walk along a chain of pages. The owner of the database implements it; every call
// belongs to the transaction that is open there, and sees what its snapshot shows. The thread that uses the connection.
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
  virtual size_t row_bytes() const = 0;  // so many fit a page
  virtual Status put(uint64_t file, uint64_t offset, std::string_view bytes) = 0;
  // The row that begins at the offset of the file: copies up to `capacity` of its bytes, and gives how many it has.
  // kMissing where there is none.
  virtual Result<size_t> read(uint64_t file, uint64_t offset, char* to, size_t capacity) = 0;
  virtual Result<uint64_t> size_of(uint64_t file) = 0;  // in bytes; kMissing where it has no rows
  virtual Status remove(uint64_t file) = 0;
};

// What files hold of the connection whose rows they are. Statements of a connection may have to go before those who
// read: then nothing can be read any more.
struct BlockRowsLink {
  BlockRows* rows = nullptr;
  std::set<uint64_t> made;  // the files that the open transaction began; cleared with its end
};

inline constexpr unsigned kOffsetBits = 36;  // of the key of a row: the file's number stands above its offset
inline constexpr uint64_t kMaxRowFileBytes = uint64_t{1} << kOffsetBits;
inline constexpr uint64_t kMaxRowFileNumber = (uint64_t{1} << (63 - kOffsetBits)) - 1;

}  // namespace spectradb::lsm

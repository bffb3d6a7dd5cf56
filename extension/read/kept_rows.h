// Rows that were read to rank them, kept for the moment in which SQLite asks for their columns: without the value
// that ranks, which takes most of their bytes, and which few statements ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "temporal/value.h"

namespace spectradb::extension {

class KeptRows {
 public:
  static constexpr size_t kMostBytes = size_t{32} << 20;  // rows beyond that are read a second time
  static constexpr size_t kNowhere = 0;

  // Returns where the row is, for payload(). kNowhere where there is no room, or `ranking`, which was read from the
  // payload, cannot be left out.
  size_t keep(std::string_view payload, const temporal::Value& ranking);
  std::string_view payload(size_t place) const;  // until the next row is kept

 private:
  std::string bytes_;  // of each row: its size, 4 bytes, and itself
};

}  // namespace spectradb::extension

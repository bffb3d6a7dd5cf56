// Counts rows without showing them. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "temporal/row_cursor.h"

namespace spectradb::temporal {

struct RowCount {
  uint64_t rows = 0;
  Period
      valid;  // the instants of valid time at which there are so many; all time where no bounded fact was met
};

// Counts those of the keys in [lower, upper) at one instant of both times; a RowCursor gives the versions, and is to be
// sought again.
Result<RowCount> count_rows(lsm::VersionCursor& versions, std::string_view lower, std::string_view upper,
                            const ReadTimes& times);

}  // namespace spectradb::temporal

// Scans of many rows for the sake of some, remembered until they have cost as much as an index.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "extension/read/automatic_index.h"
#include "extension/read/plan.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

struct RepeatedScan {
  // What the rows depend on, but for the time of the statement.
  struct Source {
    uint64_t commit = 0;
    uint64_t after_commit = 0;
    uint64_t min_commit = 0;
    temporal::SystemMode system = temporal::SystemMode::kAt;
    temporal::ValidMode valid = temporal::ValidMode::kNow;
    int64_t at_us = 0;
    int64_t window_from_us = 0;
    int64_t window_to_us = 0;
    std::optional<std::pair<uint32_t, uint64_t>> own;  // the mark of own writes, and how often some vanished
    bool operator==(const Source&) const = default;
  };
  enum class State : uint8_t { kReading, kIndexed, kTooLarge };

  Plan plan;
  int64_t now_us = 0;       // of the statement
  uint64_t table_rows = 0;  // about
  uint64_t rows_read = 0;   // so far, one by one
  Source source;
  State state = State::kReading;
  AutomaticIndex index;  // of all rows of the table, by the columns of plan.filters
};

}  // namespace spectradb::extension

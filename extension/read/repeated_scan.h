// Remembers scans of many rows that were made for a few of them, until they have cost as much as an index.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "extension/read/automatic_index.h"
#include "extension/read/plan.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

struct RepeatedScan {
  // What the rows depend on, apart from the statement's time.
  struct Source {
    uint64_t commit = 0;
    uint64_t after_commit = 0;
    uint64_t min_commit = 0;
    temporal::SystemMode system = temporal::SystemMode::kAt;
    temporal::ValidMode valid = temporal::ValidMode::kNow;
    int64_t at_us = 0;
    int64_t window_from_us = 0;
    int64_t window_to_us = 0;
    // The mark of own writes, and how often some were rolled back.
    std::optional<std::pair<uint32_t, uint64_t>> own;
    bool operator==(const Source&) const = default;
  };
  enum class State : uint8_t { kReading, kIndexed, kTooLarge };

  Plan plan;
  int64_t now_us = 0;       // of the statement
  uint64_t table_rows = 0;  // estimated
  uint64_t rows_read = 0;   // one by one, so far
  Source source;
  State state = State::kReading;
  AutomaticIndex index;  // all rows of the table, by the columns of plan.filters
};

}  // namespace spectradb::extension

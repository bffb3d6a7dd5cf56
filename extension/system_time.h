// A system time as users write it: a commit number, a time as text, or the text "all".
#pragma once

#include <cstdint>

#include "extension/database.h"
#include "lsm/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct SystemTime {
  bool is_given = false;
  bool is_all = false;
  uint64_t commit = 0;
};

// Whether a time on either axis is the text "all".
bool is_all(const temporal::Value& value);

// NULL is "not given": the snapshot. kInvalid for what cannot be read and for commits beyond the snapshot.
Result<SystemTime> to_system_time(Database& database, const temporal::Value& value, uint64_t snapshot,
                                  int64_t now_us);

}  // namespace spectradb::extension

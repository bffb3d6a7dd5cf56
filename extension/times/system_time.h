// A system time as users write it: a commit number (extension/host/numbers.h), a cursor (commit_cursor.h), a time as text,
// or the text "all".
#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct SystemTime {
  bool is_given = false;
  bool is_all = false;
  uint64_t commit = 0;
  // For text: the time itself. The commit is the last one at or before it; `is_behind` when it is before it,
  // so that the first commit at or after the time is the next one.
  std::optional<int64_t> time_us = std::nullopt;
  bool is_behind = false;
};

// Whether a time on either axis is the text "all".
bool is_all(const temporal::Value& value);

// kInvalid for a number that no commit up to `last_commit` has; the message names what was given.
Status check_commit(const temporal::Value& given, int64_t number, uint64_t last_commit);

// NULL means "not given": the snapshot. kInvalid for unreadable values and for commits beyond the snapshot.
Result<SystemTime> to_system_time(Database& database, const temporal::Value& value, uint64_t snapshot,
                                  int64_t now_us);

}  // namespace spectradb::extension

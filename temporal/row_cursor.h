// Bitemporal resolution (semantics, section 1) as a streaming cursor over versions, newest first: which facts
// of each key win where, at one system time or all of it, at one valid time, in a window of it, or all of it.
// Memory: constant for reads at one instant of valid time and one of system time; the versions of one key
// otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "lsm/base/version_cursor.h"
#include "temporal/fact.h"
#include "temporal/instant.h"

namespace spectradb::temporal {

enum class SystemMode : uint8_t {
  kAt,   // facts that max_commit (and own writes) shows: one system time
  kAll,  // every fact that ever won, with the system period in which it did
};
enum class ValidMode : uint8_t {
  kNow,     // at the instant that `now` gives; asked only once a bounded fact is met
  kAt,      // at `at_us`
  kAll,     // all maximal intervals, in valid order
  kWindow,  // as kAll, but only pieces that overlap `window`, clipped to it (FOR PORTION OF)
};

// What a read asks of its caller; outlives the read.
struct ReadCallbacks {
  std::function<int64_t()> now;  // microseconds; must give the same for one statement
  // Called now and then; true ends the read with kInterrupted. Empty: never.
  std::function<bool()> is_interrupted;
};

struct ReadTimes {
  const ReadCallbacks* callbacks = nullptr;  // required for ValidMode::kNow
  SystemMode system = SystemMode::kAt;
  ValidMode valid = ValidMode::kNow;
  int64_t at_us = 0;
  Period window;
  // For reads of all system time: rows whose system period ended by this commit are not wanted, and may be
  // missing.
  uint64_t after_commit = 0;
  // Rows of facts of earlier commits are not wanted, and may be missing.
  uint64_t min_commit = 0;
  bool need_period = true;  // false: row().valid is not wanted; facts that cannot matter may be skipped
};

struct ResolvedRow {
  std::string_view user_key;
  std::string_view payload;
  Period valid;              // the maximal interval in which this fact wins
  uint64_t system_from = 0;  // commit of the fact
  uint64_t system_to = 0;  // commit that covered it; 0 while it still holds (always 0 under SystemMode::kAt)
  uint32_t ordinal = 0;    // of the fact in its commit
};

// Rows of one key come in valid order (kAt system), or by (system_from, ordinal, valid_from) (kAll system).
// Keys ascend or descend as sought. Views in row() stay valid until the cursor moves. One thread at a time.
class RowCursor {
 public:
  RowCursor(std::unique_ptr<lsm::VersionCursor> versions, const ReadTimes& times);
  ~RowCursor();

  // Reads the keys in [lower, upper), ascending, or descending when `descending`. May be called again and
  // again.
  void seek(std::string_view lower, std::string_view upper, bool descending);
  // Does the same in ascending order, for callers that go through many keys: these are read ahead.
  void scan(std::string_view lower, std::string_view upper);
  // Reads exactly this key; behind its rows the cursor ends.
  void seek_point(std::string_view user_key);
  void next();
  bool valid() const;
  Status status() const;  // why there is no row, when it is not the end
  const ResolvedRow& row() const;
  void set_times(const ReadTimes& times);  // seek again afterwards
  // Whether what was read since set_times() may hang on the instant of valid time: one was given, or a bounded fact was
  // met.
  bool asked_for_instant() const;
  lsm::VersionCursor& versions();

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace spectradb::temporal

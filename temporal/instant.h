// Instants and periods of valid time, in microseconds since the Unix epoch, UTC, and their texts.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::temporal {

inline constexpr int64_t kBeginningOfTime = std::numeric_limits<int64_t>::min();  // unbounded on the left
inline constexpr int64_t kEndOfTime = std::numeric_limits<int64_t>::max();        // unbounded on the right

// One bound of a period: the instant, and whether it is shown as text.
struct Bound {
  int64_t us = kBeginningOfTime;
  bool as_text = false;

  bool operator==(const Bound&) const = default;
};

// Half-open: from.us <= t < to.us. The default is all time.
struct Period {
  Bound from{kBeginningOfTime, false};
  Bound to{kEndOfTime, false};

  bool contains(int64_t t) const { return from.us <= t && t < to.us; }
  bool overlaps(const Period& other) const { return from.us < other.to.us && other.from.us < to.us; }
  bool is_empty() const { return from.us >= to.us; }
  bool operator==(const Period&) const = default;
};

// Returns the common part: the greater `from`, the smaller `to` (on equal instants the form of `a`). May be
// empty.
Period intersect(const Period& a, const Period& b);

// The texts for unbounded, in any case: infinity is an end, -infinity a beginning.
enum class Infinity : uint8_t { kNone, kBeginning, kEnd };
Infinity infinity_of(std::string_view text);

// Reads the grammar of temporal/instant_reader.h, with or without blanks around it; `now` means now_us.
// Fractions of microseconds are cut off. kInvalid names the text and what is expected.
Result<int64_t> parse_instant(std::string_view text, int64_t now_us);

// Whether parse_instant() may need now_us.
bool names_now(std::string_view text);

// Returns the shortest of 2023-01-14, 2023-01-14 10:30:00 and 2023-01-14 10:30:00.25 that is exact. For the
// years 0000 to 9999 such texts sort as the times do, among themselves and with texts that SQLite's own
// functions write.
std::string format_instant(int64_t us);

}  // namespace spectradb::temporal

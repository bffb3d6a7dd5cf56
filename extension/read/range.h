// Ranges of a time axis to read: FROM a TO b, BETWEEN [SYMMETRIC] a AND b, CONTAINED IN (a, b), ONLY ….
// SQLite passes them as blobs where a single time could stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "temporal/value.h"

namespace spectradb::extension {

enum class RangeForm : uint8_t {
  kFromTo,     // overlaps [a, b): begins before b and ends after a; nothing when a >= b
  kBetween,    // overlaps [a, b]
  kSymmetric,  // overlaps [a, b] or [b, a]
  kContained,  // begins at or after a and ends at or before b
};

// A range as the user wrote it: the bounds are times of the axis, NULL is unbounded.
struct RangeText {
  RangeForm form = RangeForm::kFromTo;
  bool is_only = false;  // periods are clipped to the range
  temporal::Value from;
  temporal::Value to;
};

// Returns the form with a name such as "between" or "only from"; nullopt for none. Its bounds are empty.
std::optional<RangeText> range_form(const temporal::Value& name);
std::string encode_range(const RangeText& range);
std::optional<RangeText> decode_range(std::string_view bytes);  // the values point into bytes

// A range in the axis's own numbers; nullopt is unbounded. order() turns a symmetric range into an ordinary
// one.
struct Range {
  RangeForm form = RangeForm::kFromTo;
  std::optional<int64_t> from;
  std::optional<int64_t> to;

  void order();
  bool is_empty() const;  // reversed, or FROM a TO a
  // Whether a period [begins, ends) is in the range; pass nullopt for an open bound of the period.
  bool admits(std::optional<int64_t> begins, std::optional<int64_t> ends) const;
};

}  // namespace spectradb::extension

// The value bytes of one version.
//
//   fact  := flags [from] [to] payload          payload: a row; nothing for a delete
//   flags := 1 byte:  bit 0  the operation is a delete
//                     bit 1  `from` is there, else unbounded      bit 3  it is shown as text
//                     bit 2  `to` is there, else unbounded        bit 4  it is shown as text
//                     bits 5 and 6  the unit of both: 0 microsecond, 1 second, 2 day
//                                   (the largest that divides both)
//                     bit 7  zero
//   from  := zig-zag varint, units since the Unix epoch
//   to    := varint, units behind `from` (at least 1); without `from` as `from`
//
// A fact valid for all time thus costs one byte, one that begins at a date four.
#include "temporal/fact.h"

#include <array>

#include "base/assert.h"
#include "temporal/corruption.h"
#include "temporal/recency.h"
#include "temporal/varint.h"

namespace spectradb::temporal {
namespace {

constexpr uint8_t kDeleteFlag = 1 << 0;
constexpr uint8_t kFromFlag = 1 << 1;
constexpr uint8_t kToFlag = 1 << 2;
constexpr uint8_t kFromTextFlag = 1 << 3;
constexpr uint8_t kToTextFlag = 1 << 4;
constexpr unsigned kUnitShift = 5;
constexpr uint8_t kUnusedFlags = 1 << 7;
constexpr std::array<int64_t, 3> kUnitsUs{1, 1'000'000, 86'400'000'000};

// Returns the index of the largest unit that divides all bounds that are there.
unsigned unit_of(const Period& period, bool has_from, bool has_to) {
  for (unsigned unit = kUnitsUs.size() - 1; unit > 0; --unit) {
    const bool divides_from = !has_from || period.from.us % kUnitsUs[unit] == 0;
    const bool divides_to = !has_to || period.to.us % kUnitsUs[unit] == 0;
    if (divides_from && divides_to) return unit;
  }
  return 0;
}

bool take_from(std::string_view& in, int64_t unit_us, int64_t& us) {
  uint64_t units = 0;
  return take_varint(in, units) && !__builtin_mul_overflow(unzigzag(units), unit_us, &us);
}

bool take_to(std::string_view& in, int64_t unit_us, int64_t from_us, int64_t& us) {
  uint64_t units = 0;
  if (!take_varint(in, units)) return false;
  uint64_t length_us = 0;  // up to 2^64: the span from the far past to the far future
  if (__builtin_mul_overflow(units, static_cast<uint64_t>(unit_us), &length_us)) return false;
  return !__builtin_add_overflow(from_us, length_us, &us);
}

// Takes flags and bounds off `in`. Does not set the text marks.
Status take_bounds(std::string_view& in, uint8_t& flags, int64_t& from_us, int64_t& to_us) {
  if (in.empty()) return SPECTRADB_CORRUPT_BYTES("a fact is empty");
  flags = static_cast<uint8_t>(in.front());
  in.remove_prefix(1);
  const unsigned unit = flags >> kUnitShift;
  if ((flags & kUnusedFlags) != 0 || unit >= kUnitsUs.size()) {
    return SPECTRADB_CORRUPT_BYTES("a fact has unknown flags");
  }
  const bool has_from = (flags & kFromFlag) != 0;
  const bool has_to = (flags & kToFlag) != 0;
  from_us = kBeginningOfTime;
  to_us = kEndOfTime;
  if (has_from && !take_from(in, kUnitsUs[unit], from_us)) {
    return SPECTRADB_CORRUPT_BYTES("a fact's valid_from cannot be read");
  }
  const bool is_to_read = !has_to || (has_from ? take_to(in, kUnitsUs[unit], from_us, to_us)
                                               : take_from(in, kUnitsUs[unit], to_us));
  if (!is_to_read) return SPECTRADB_CORRUPT_BYTES("a fact's valid_to cannot be read");
  if (from_us >= to_us) return SPECTRADB_CORRUPT_BYTES("a fact's valid period is empty");
  return Status::ok();
}

class FactProperties final : public lsm::VersionProperties {
 public:
  Result<lsm::VersionBounds> bounds(std::string_view value) const override {
    uint8_t flags = 0;
    lsm::VersionBounds bounds{};
    SPECTRADB_RETURN_IF_ERROR(take_bounds(value, flags, bounds.valid_from, bounds.valid_to));
    return bounds;
  }
  std::unique_ptr<lsm::RecencyTracker> new_recency_tracker() const override {
    return std::make_unique<FactRecency>();
  }
};

}  // namespace

void encode_fact(std::string& out, const Fact& fact) {
  const Period& valid = fact.valid;
  SPECTRADB_ASSERT(!valid.is_empty());
  SPECTRADB_ASSERT(fact.operation == Operation::kPut || fact.payload.empty());
  const bool has_from = valid.from.us != kBeginningOfTime;
  const bool has_to = valid.to.us != kEndOfTime;
  const unsigned unit = has_from || has_to ? unit_of(valid, has_from, has_to) : 0;
  auto flags = static_cast<uint8_t>(unit << kUnitShift);
  if (fact.operation == Operation::kDelete) flags |= kDeleteFlag;
  if (has_from) flags |= kFromFlag;
  if (has_to) flags |= kToFlag;
  if (has_from && valid.from.as_text) flags |= kFromTextFlag;
  if (has_to && valid.to.as_text) flags |= kToTextFlag;
  out.push_back(static_cast<char>(flags));
  if (has_from) lsm::put_varint(out, zigzag(valid.from.us / kUnitsUs[unit]));
  if (has_to && has_from) {
    const uint64_t length_us = static_cast<uint64_t>(valid.to.us) - static_cast<uint64_t>(valid.from.us);
    lsm::put_varint(out, length_us / static_cast<uint64_t>(kUnitsUs[unit]));
  } else if (has_to) {
    lsm::put_varint(out, zigzag(valid.to.us / kUnitsUs[unit]));
  }
  out.append(fact.payload);
}

Result<Fact> decode_fact(std::string_view value) {
  Fact fact;
  uint8_t flags = 0;
  SPECTRADB_RETURN_IF_ERROR(take_bounds(value, flags, fact.valid.from.us, fact.valid.to.us));
  fact.valid.from.as_text = (flags & kFromTextFlag) != 0;
  fact.valid.to.as_text = (flags & kToTextFlag) != 0;
  fact.payload = value;
  if ((flags & kDeleteFlag) != 0) {
    fact.operation = Operation::kDelete;
    if (!value.empty()) return SPECTRADB_CORRUPT_BYTES("a delete has a payload");
  }
  return fact;
}

const lsm::VersionProperties& fact_properties() {
  static const FactProperties properties;
  return properties;
}

}  // namespace spectradb::temporal

// Conversions between SQLite's values and ours. The bytes of a Value made from a sqlite3_value belong to
// SQLite and live as long as that does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::extension {

temporal::Value from_sqlite(sqlite3_value* value);
void give(sqlite3_context* context, const temporal::Value& value);        // copies text and blobs
void give_bound(sqlite3_context* context, const temporal::Bound& bound);  // NULL when unbounded

// Returns the value as a message quotes it: "'2026-01-01'", "7", "NULL".
std::string spelled(const temporal::Value& value);

// Reads a valid time: integers are microseconds, text is parsed ('now' means now_us). kInvalid names what
// cannot be read.
Result<temporal::Bound> to_bound(const temporal::Value& value, int64_t now_us);

// Whether a bound of a range or period leaves it open on its side: NULL; infinity as an end; -infinity as a
// beginning. kInvalid for an infinity on the wrong side.
enum class Side : uint8_t { kBeginning, kEnd, kEither };
Result<bool> is_unbounded(const temporal::Value& value, Side side);

// Makes a period of two bounds.
Result<temporal::Period> to_period(const temporal::Value& from, const temporal::Value& to, int64_t now_us);

// Encodes a period as a blob, and back, for FOR PORTION OF and the identity of a row, which pass through
// SQLite.
std::string encode_period(const temporal::Period& period);
void append_period(const temporal::Period& period, std::string* out);
std::optional<temporal::Period> decode_period(std::string_view bytes);
inline constexpr size_t kEncodedPeriodBytes = 17;

}  // namespace spectradb::extension

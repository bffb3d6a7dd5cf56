#include "extension/host/values.h"

#include <cstring>

#include "extension/host/numbers.h"
#include "extension/host/shared_bytes.h"

namespace spectradb::extension {

using temporal::Bound;
using temporal::Infinity;
using temporal::Period;
using temporal::Value;

Value from_sqlite(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
      return Value::of_integer(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return Value::of_real(sqlite3_value_double(value));
    case SQLITE_TEXT: {
      // Asks for the size first, which converts to UTF-8, and then for a blob, so that SQLite appends no zero
      // byte.
      const auto size = static_cast<size_t>(sqlite3_value_bytes(value));
      const char* text = static_cast<const char*>(sqlite3_value_blob(value));
      return Value::text({text == nullptr ? "" : text, size});
    }
    case SQLITE_BLOB: {
      const char* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      return Value::blob({bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_value_bytes(value))});
    }
    default:
      return Value::null();
  }
}

namespace {

// Texts up to this size are copied with a zero byte: SQLite would otherwise add it on demand, with an
// allocation a value.
constexpr size_t kTerminatedBytes = 1024;

void give_text(sqlite3_context* context, std::string_view text) {
  char terminated[kTerminatedBytes + 1];
  if (text.size() <= kTerminatedBytes) {
    if (!text.empty()) std::memcpy(terminated, text.data(), text.size());
    terminated[text.size()] = '\0';
    if (std::strlen(terminated) == text.size())
      return sqlite3_result_text(context, terminated, -1, SQLITE_TRANSIENT);
  }
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

}  // namespace

void give(sqlite3_context* context, const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      sqlite3_result_null(context);
      break;
    case Value::Type::kInteger:
      sqlite3_result_int64(context, value.integer);
      break;
    case Value::Type::kReal:
      sqlite3_result_double(context, value.real);
      break;
    case Value::Type::kText:
      if (value.bytes.size() >= kSharedBytes) {
        give_large(context, value);
      } else {
        give_text(context, value.bytes);
      }
      break;
    case Value::Type::kBlob:
      if (value.bytes.empty()) {
        sqlite3_result_zeroblob(context, 0);
      } else {
        sqlite3_result_blob64(context, value.bytes.data(), value.bytes.size(), SQLITE_TRANSIENT);
      }
      break;
  }
}

void give_bound(sqlite3_context* context, const Bound& bound) {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) {
    sqlite3_result_null(context);
  } else if (bound.as_text) {
    const std::string text = temporal::format_instant(bound.us);
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  } else {
    sqlite3_result_int64(context, bound.us);
  }
}

std::string spelled(const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      return "NULL";
    case Value::Type::kInteger:
      return std::to_string(value.integer);
    case Value::Type::kReal: {
      std::string scratch;
      return std::string(temporal::apply_affinity(value, temporal::Affinity::kText, scratch).bytes);
    }
    case Value::Type::kText:
      return "'" + std::string(value.bytes) + "'";
    case Value::Type::kBlob:
      return "a blob";
  }
  return {};
}

Result<Bound> to_bound(const Value& given, int64_t now_us) {
  const Value value = integral(given);
  if (value.type == Value::Type::kInteger) {
    if (value.integer == temporal::kBeginningOfTime || value.integer == temporal::kEndOfTime) {
      return Status::invalid("the time " + spelled(value) +
                             " is out of range; use NULL for an unbounded period");
    }
    return Bound{value.integer, false};
  }
  if (value.type == Value::Type::kText) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t us, temporal::parse_instant(value.bytes, now_us));
    return Bound{us, true};
  }
  return Status::invalid(
      "cannot read " + spelled(value) +
      " as a time: expected text such as '2026-01-31 18:00' or an integer (microseconds since 1970)");
}

Result<bool> is_unbounded(const Value& value, Side side) {
  if (value.is_null()) return true;
  const Infinity infinity =
      value.type == Value::Type::kText ? temporal::infinity_of(value.bytes) : Infinity::kNone;
  if (infinity == Infinity::kEnd && side == Side::kBeginning)
    return Status::invalid("a period cannot begin at " + spelled(value) + ": say '-infinity' or NULL");
  if (infinity == Infinity::kBeginning && side == Side::kEnd)
    return Status::invalid("a period cannot end at " + spelled(value) + ": say 'infinity' or NULL");
  return infinity != Infinity::kNone;
}

Result<Period> to_period(const Value& from, const Value& to, int64_t now_us) {
  Period period;
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_no_beginning, is_unbounded(from, Side::kBeginning));
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_no_end, is_unbounded(to, Side::kEnd));
  if (!has_no_beginning) {
    SPECTRADB_ASSIGN_OR_RETURN(Bound bound, to_bound(from, now_us));
    period.from = bound;
  }
  if (!has_no_end) {
    SPECTRADB_ASSIGN_OR_RETURN(Bound bound, to_bound(to, now_us));
    period.to = bound;
  }
  return period;
}

void append_period(const Period& period, std::string* out) {
  char bytes[kEncodedPeriodBytes];
  bytes[0] = static_cast<char>((period.from.as_text ? 1 : 0) | (period.to.as_text ? 2 : 0));
  std::memcpy(bytes + 1, &period.from.us, sizeof period.from.us);
  std::memcpy(bytes + 9, &period.to.us, sizeof period.to.us);
  out->append(bytes, sizeof bytes);
}

std::string encode_period(const Period& period) {
  std::string out;
  append_period(period, &out);
  return out;
}

std::optional<Period> decode_period(std::string_view bytes) {
  if (bytes.size() != kEncodedPeriodBytes || (bytes[0] & ~3) != 0) return std::nullopt;
  Period period;
  period.from.as_text = (bytes[0] & 1) != 0;
  period.to.as_text = (bytes[0] & 2) != 0;
  std::memcpy(&period.from.us, bytes.data() + 1, sizeof period.from.us);
  std::memcpy(&period.to.us, bytes.data() + 9, sizeof period.to.us);
  return period;
}

}  // namespace spectradb::extension

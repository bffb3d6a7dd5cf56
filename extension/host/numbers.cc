#include "extension/host/numbers.h"

#include <array>
#include <string>

#include "extension/host/query.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Value;

namespace {

template <int kDigits>
void append_real(std::string& text, double real) {
  std::array<char, 64> bytes;  // a sign, 17 digits, a point, an exponent and zeros up to 17 places
  text.append(sqlite3_snprintf(static_cast<int>(bytes.size()), bytes.data(), "%!.*g", kDigits, real));
}

// No sum of tenths has 17 digits by chance: 0.1 + 0.2 is 0.30000000000000004 by as many.
Result<bool> has_17_digits(sqlite3* db) {
  Query sum(db, "SELECT CAST(0.1 + 0.2 AS TEXT)");
  SPECTRADB_RETURN_IF_ERROR(sum.step().status());
  return sum.text(0).size() > 3;
}

}  // namespace

// SQLite's own conversion decides whether a number has a fraction.
Value integral(const Value& value) {
  if (value.type != Value::Type::kReal) return value;
  std::string scratch;
  return temporal::apply_affinity(value, Affinity::kInteger, scratch);
}

std::optional<int64_t> commit_number(const Value& value) {
  std::string scratch;
  const Value number = value.type == Value::Type::kText
                           ? temporal::apply_affinity(value, Affinity::kInteger, scratch)
                           : integral(value);
  if (number.type != Value::Type::kInteger) return std::nullopt;
  return number.integer;
}

void write_reals_as(sqlite3* db) {
  const Result<bool> is_long = has_17_digits(db);
  if (is_long) temporal::append_reals_by(*is_long ? append_real<17> : append_real<15>);
}

}  // namespace spectradb::extension

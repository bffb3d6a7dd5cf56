// One SQL value, by reference: text and blob point into memory that somebody else keeps alive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb::temporal {

struct Value {
  enum class Type : uint8_t { kNull, kInteger, kReal, kText, kBlob };

  Type type = Type::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view bytes;  // UTF-8 text or blob

  static Value null() { return {}; }
  static Value of_integer(int64_t v) { return {Type::kInteger, v, 0, {}}; }
  static Value of_real(double v) { return {Type::kReal, 0, v, {}}; }
  static Value text(std::string_view v) { return {Type::kText, 0, 0, v}; }
  static Value blob(std::string_view v) { return {Type::kBlob, 0, 0, v}; }
  bool is_null() const { return type == Type::kNull; }
};

enum class Affinity : uint8_t { kBlob, kText, kNumeric, kInteger, kReal };
enum class Collation : uint8_t { kBinary, kNoCase, kRTrim };

// Returns the affinity of a declared type, by SQLite's five rules (https://sqlite.org/datatype3.html section
// 3.1).
Affinity affinity_of_type(std::string_view declared_type);
// Whether text that looks like a number becomes one under this affinity.
constexpr bool is_numeric(Affinity affinity) {
  return affinity == Affinity::kNumeric || affinity == Affinity::kInteger || affinity == Affinity::kReal;
}

// Returns `value` as a column of this affinity stores it, by SQLite's rules: text that looks like a number
// becomes one under numeric affinities; numbers become text under kText; integers become reals under kReal;
// whole reals become integers under kInteger and kNumeric when nothing is lost. `scratch` holds the bytes of
// a text that was made.
Value apply_affinity(const Value& value, Affinity affinity, std::string& scratch);

// How a REAL becomes text, which it is appended to. Versions of SQLite differ in how many digits they keep (15, later 17), so
// what runs in SQLite lets it do that; until a way is chosen, or where it is null, 15 digits are kept. Any thread may call
// this, before values are stored.
using AppendReal = void (*)(std::string& text, double real);
void append_reals_by(AppendReal append);

// <0, 0, >0 as SQLite orders them: NULL < numbers (integers and reals in one exact order) < text (by
// collation) < blob.
int compare(const Value& a, const Value& b, Collation collation);

}  // namespace spectradb::temporal

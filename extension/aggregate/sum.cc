#include "extension/aggregate/sum.h"

#include <cmath>

#include "extension/host/api.h"

namespace spectradb::extension {

namespace {

// Integers from here on are halved, so that each part is a double.
constexpr int64_t kLargeInteger = int64_t{1} << 52;
constexpr int64_t kLowPart = 16384;

}  // namespace

std::optional<Adding> way_of_adding() {
  constexpr int kLastPlain = 3043000;         // excluded
  constexpr int kFirstCompensated = 3044000;  // 3.43 changed from one release to the next
  const int version = sqlite3_libversion_number();
  if (version < kLastPlain) return Adding::kPlainly;
  return version >= kFirstCompensated ? std::optional(Adding::kCompensated) : std::nullopt;
}

void Sum::add(int64_t number, Adding adding) {
  ++count;
  if (adding == Adding::kPlainly) {
    real += static_cast<double>(number);
    if (!is_approximate && !is_overflow && __builtin_add_overflow(integer, number, &integer))
      is_approximate = is_overflow = true;
    return;
  }
  if (is_approximate) return compensate_integer(number);
  int64_t sum = 0;
  if (!__builtin_add_overflow(integer, number, &sum)) {
    integer = sum;
    return;
  }
  is_overflow = true;
  begin_compensation();
  compensate_integer(number);
}

void Sum::add(double number, Adding adding) {
  ++count;
  if (adding == Adding::kPlainly) {
    real += number;
    is_approximate = true;
    return;
  }
  if (is_approximate) {
    is_overflow = false;
  } else {
    begin_compensation();
  }
  compensate(number);
}

double Sum::total(Adding adding) const {
  if (adding == Adding::kPlainly) return real;
  if (!is_approximate) return static_cast<double>(integer);
  return std::isfinite(error) ? real + error : real;
}

void Sum::begin_compensation() {
  is_approximate = true;
  if (integer <= -kLargeInteger || integer >= kLargeInteger) {
    const int64_t low = integer % kLowPart;
    real = static_cast<double>(integer - low);
    error = static_cast<double>(low);
  } else {
    real = static_cast<double>(integer);
    error = 0;
  }
}

void Sum::compensate(double number) {
  const volatile double before = real;
  const volatile double after = before + number;
  if (std::fabs(before) > std::fabs(number)) {
    error += (before - after) + number;
  } else {
    error += (number - after) + before;
  }
  real = after;
}

void Sum::compensate_integer(int64_t number) {
  if (number > -kLargeInteger && number < kLargeInteger) return compensate(static_cast<double>(number));
  const int64_t low = number % kLowPart;
  compensate(static_cast<double>(number - low));
  compensate(static_cast<double>(low));
}

}  // namespace spectradb::extension

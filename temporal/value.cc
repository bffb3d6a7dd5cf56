// SQLite's affinity and comparison rules (https://sqlite.org/datatype3.html), for values that do not live in
// SQLite.
#include "temporal/value.h"

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>

#include "temporal/real_text.h"

namespace spectradb::temporal {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr int kRealTextDigits = 15;  // significant digits of a real as text, "%!.15g"

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// `word` is in upper case.
bool contains_word(std::string_view text, std::string_view word) {
  for (size_t start = 0; start + word.size() <= text.size(); ++start) {
    size_t i = 0;
    while (i < word.size() && fold(text[start + i]) == fold(word[i])) ++i;
    if (i == word.size()) return true;
  }
  return false;
}

// The parts of a text that is a number by SQLite's grammar: [sign] digits [. digits] [e [sign] digits].
struct NumberText {
  std::string_view digits;  // without sign, with point and exponent
  bool is_negative = false;
  bool is_integer = true;            // neither point nor exponent
  int64_t first_digit_exponent = 0;  // power of ten of the first digit that is not zero, capped
  bool is_zero = true;
};

constexpr int64_t kExponentCap = 1'000'000'000;

void note_digit(NumberText& number, char digit, int64_t power) {
  if (digit == '0' || !number.is_zero) return;
  number.is_zero = false;
  number.first_digit_exponent = power;
}

// Takes [e [sign] digits] off `in`; false when the exponent has no digits.
bool take_exponent(std::string_view& in, int64_t& exponent) {
  if (in.empty() || fold(in.front()) != 'e') return true;
  in.remove_prefix(1);
  bool is_negative = false;
  if (!in.empty() && (in.front() == '+' || in.front() == '-')) {
    is_negative = in.front() == '-';
    in.remove_prefix(1);
  }
  if (in.empty() || !is_digit(in.front())) return false;
  while (!in.empty() && is_digit(in.front())) {
    if (exponent < kExponentCap) exponent = exponent * 10 + (in.front() - '0');
    in.remove_prefix(1);
  }
  if (is_negative) exponent = -exponent;
  return true;
}

std::optional<NumberText> scan_number(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  NumberText number;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    number.is_negative = text.front() == '-';
    text.remove_prefix(1);
  }
  number.digits = text;
  size_t whole_digits = 0;
  while (whole_digits < text.size() && is_digit(text[whole_digits])) ++whole_digits;
  for (size_t i = 0; i < whole_digits; ++i) {
    note_digit(number, text[i], static_cast<int64_t>(whole_digits - i) - 1);
  }
  text.remove_prefix(whole_digits);
  size_t fraction_digits = 0;
  if (!text.empty() && text.front() == '.') {
    number.is_integer = false;
    text.remove_prefix(1);
    while (fraction_digits < text.size() && is_digit(text[fraction_digits])) {
      note_digit(number, text[fraction_digits], -1 - static_cast<int64_t>(fraction_digits));
      ++fraction_digits;
    }
    text.remove_prefix(fraction_digits);
  }
  if (whole_digits + fraction_digits == 0) return std::nullopt;
  if (!text.empty()) number.is_integer = false;
  int64_t exponent = 0;
  if (!take_exponent(text, exponent) || !text.empty()) return std::nullopt;
  number.first_digit_exponent += exponent;
  return number;
}

double real_of(const NumberText& number) {
  double real = 0;
  if (!number.is_zero) {
    const char* end = number.digits.data() + number.digits.size();
    const auto [stop, error] = read_real(number.digits.data(), end, real);
    if (error == std::errc::result_out_of_range) {
      real = number.first_digit_exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    }
  }
  return number.is_negative ? -real : real;
}

std::optional<int64_t> integer_of(const NumberText& number) {
  uint64_t magnitude = 0;
  const char* end = number.digits.data() + number.digits.size();
  const auto [stop, error] = std::from_chars(number.digits.data(), end, magnitude);
  if (error != std::errc()) return std::nullopt;
  const uint64_t limit = (uint64_t{1} << 63) - (number.is_negative ? 0 : 1);
  if (magnitude > limit) return std::nullopt;
  return static_cast<int64_t>(number.is_negative ? ~magnitude + 1 : magnitude);
}

// Whole reals become integers, except the smallest and the largest one: those may stand for a rounded value.
Value integer_if_lossless(double real) {
  if (real > -kTwoTo63 && real < kTwoTo63) {
    const auto integer = static_cast<int64_t>(real);
    if (static_cast<double>(integer) == real) return Value::of_integer(integer);
  }
  return Value::of_real(real);
}

Value number_of_text(const Value& text) {
  const std::optional<NumberText> number = scan_number(text.bytes);
  if (!number) return text;
  if (number->is_integer) {
    if (const std::optional<int64_t> integer = integer_of(*number)) return Value::of_integer(*integer);
  }
  return integer_if_lossless(real_of(*number));
}

// Fifteen significant decimal digits, rounded half away from zero as SQLite does, and the power of ten of the
// first.
struct Decimal {
  std::array<char, kRealTextDigits> digits;
  int exponent;
};

Decimal decimal_of(double positive) {
  constexpr int kPrintedDigits = 40;  // enough that printf's own rounding never reaches the sixteenth
  std::array<char, kPrintedDigits + 16> printed{};
  const int length = std::snprintf(printed.data(), printed.size(), "%.*e", kPrintedDigits - 1, positive);
  const std::string_view text(printed.data(), static_cast<size_t>(length));
  Decimal decimal{};
  decimal.digits[0] = text[0];
  for (size_t i = 1; i < kRealTextDigits; ++i) decimal.digits[i] = text[i + 1];
  const char* exponent = text.data() + kPrintedDigits + 2;
  if (*exponent == '+') ++exponent;
  std::from_chars(exponent, text.data() + text.size(), decimal.exponent);
  if (text[kRealTextDigits + 1] < '5') return decimal;
  int last = kRealTextDigits - 1;
  while (last >= 0 && decimal.digits[static_cast<size_t>(last)] == '9') {
    decimal.digits[static_cast<size_t>(last--)] = '0';
  }
  if (last >= 0) {
    ++decimal.digits[static_cast<size_t>(last)];
  } else {
    decimal.digits[0] = '1';
    ++decimal.exponent;
  }
  return decimal;
}

void append_exponent(std::string& out, int exponent) {
  out.append(exponent < 0 ? "e-" : "e+");
  const int magnitude = exponent < 0 ? -exponent : exponent;
  if (magnitude < 10) out.push_back('0');
  out.append(std::to_string(magnitude));
}

void append_real(std::string& out, double real) {
  if (real < 0) out.push_back('-');
  if (std::isinf(real)) {
    out.append("Inf");
    return;
  }
  if (real == 0) {
    out.append("0.0");
    return;
  }
  const Decimal decimal = decimal_of(std::fabs(real));
  std::string_view digits(decimal.digits.data(), decimal.digits.size());
  while (digits.size() > 1 && digits.back() == '0') digits.remove_suffix(1);
  const bool is_scientific = decimal.exponent < -4 || decimal.exponent >= kRealTextDigits;
  const int point =
      is_scientific ? 1 : decimal.exponent + 1;  // digits before the point; negative: zeros behind it
  if (point <= 0) {
    out.append("0.").append(static_cast<size_t>(-point), '0').append(digits);
  } else {
    const auto whole = static_cast<size_t>(point);
    out.append(digits.substr(0, whole));
    if (digits.size() <= whole) {
      out.append(whole - digits.size(), '0').append(".0");
    } else {
      out.append(".").append(digits.substr(whole));
    }
  }
  if (is_scientific) append_exponent(out, decimal.exponent);
}

int compare_integers(int64_t a, int64_t b) { return a < b ? -1 : a > b ? 1 : 0; }
std::atomic<AppendReal> chosen_way = append_real;

int compare_reals(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

int compare_integer_to_real(int64_t integer, double real) {
  if (real >= kTwoTo63) return -1;
  if (real < -kTwoTo63) return 1;
  const auto whole = static_cast<int64_t>(real);
  if (integer != whole) return integer < whole ? -1 : 1;
  return compare_reals(static_cast<double>(whole), real);
}

int compare_numbers(const Value& a, const Value& b) {
  const bool a_is_integer = a.type == Value::Type::kInteger;
  const bool b_is_integer = b.type == Value::Type::kInteger;
  if (a_is_integer && b_is_integer) return compare_integers(a.integer, b.integer);
  if (a_is_integer) return compare_integer_to_real(a.integer, b.real);
  if (b_is_integer) return -compare_integer_to_real(b.integer, a.real);
  return compare_reals(a.real, b.real);
}

int compare_folded(std::string_view a, std::string_view b) {
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  for (size_t i = 0; i < common; ++i) {
    const auto left = static_cast<unsigned char>(fold(a[i]));
    const auto right = static_cast<unsigned char>(fold(b[i]));
    if (left != right) return left < right ? -1 : 1;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

int compare_texts(std::string_view a, std::string_view b, Collation collation) {
  switch (collation) {
    case Collation::kNoCase:
      return compare_folded(a, b);
    case Collation::kRTrim:
      return without_trailing_blanks(a).compare(without_trailing_blanks(b));
    case Collation::kBinary:
      break;
  }
  return a.compare(b);
}

// NULL, numbers, text, blob.
int class_of(Value::Type type) {
  switch (type) {
    case Value::Type::kNull:
      return 0;
    case Value::Type::kInteger:
    case Value::Type::kReal:
      return 1;
    case Value::Type::kText:
      return 2;
    case Value::Type::kBlob:
      break;
  }
  return 3;
}

Value text_of_number(const Value& value, std::string& scratch) {
  scratch.clear();
  if (value.type == Value::Type::kInteger) {
    scratch.append(std::to_string(value.integer));
  } else {
    chosen_way.load(std::memory_order_relaxed)(scratch, value.real);
  }
  return Value::text(scratch);
}

}  // namespace

Affinity affinity_of_type(std::string_view declared_type) {
  if (contains_word(declared_type, "INT")) return Affinity::kInteger;
  for (std::string_view word : {"CHAR", "CLOB", "TEXT"}) {
    if (contains_word(declared_type, word)) return Affinity::kText;
  }
  if (declared_type.empty() || contains_word(declared_type, "BLOB")) return Affinity::kBlob;
  for (std::string_view word : {"REAL", "FLOA", "DOUB"}) {
    if (contains_word(declared_type, word)) return Affinity::kReal;
  }
  return Affinity::kNumeric;
}

void append_reals_by(AppendReal append) {
  chosen_way.store(append != nullptr ? append : append_real, std::memory_order_relaxed);
}

Value apply_affinity(const Value& value, Affinity affinity, std::string& scratch) {
  const bool is_number = class_of(value.type) == class_of(Value::Type::kInteger);
  switch (affinity) {
    case Affinity::kBlob:
      return value;
    case Affinity::kText:
      return is_number ? text_of_number(value, scratch) : value;
    case Affinity::kNumeric:
    case Affinity::kInteger:
    case Affinity::kReal:
      break;
  }
  Value number = value;
  if (value.type == Value::Type::kText) number = number_of_text(value);
  if (number.type == Value::Type::kReal) number = integer_if_lossless(number.real);
  if (affinity == Affinity::kReal && number.type == Value::Type::kInteger) {
    number = Value::of_real(static_cast<double>(number.integer));
  }
  return number;
}

int compare(const Value& a, const Value& b, Collation collation) {
  const int a_class = class_of(a.type);
  const int b_class = class_of(b.type);
  if (a_class != b_class) return a_class < b_class ? -1 : 1;
  switch (a.type) {
    case Value::Type::kNull:
      return 0;
    case Value::Type::kInteger:
    case Value::Type::kReal:
      return compare_numbers(a, b);
    case Value::Type::kText:
      return compare_texts(a.bytes, b.bytes, collation);
    case Value::Type::kBlob:
      break;
  }
  return a.bytes.compare(b.bytes);
}

}  // namespace spectradb::temporal

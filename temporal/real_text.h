// Reals as text and back, as std::from_chars() and std::to_chars() have them. Some libraries have these for integers only:
// libc++ up to 13 (Emscripten's of Debian 12) has neither, newer ones only the latter. There strtod() and printf() do it, in
// whose stead no other locale may be set than "C".
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <system_error>

namespace spectradb::temporal {

// The ways without the library's functions; a test compares both.
namespace real_text_of_c {

// Reads the number that the text begins with. Numbers are decimal here; infinities and NaN are none.
inline std::from_chars_result read(const char* first, const char* last, double& real) {
  std::string text(first, last);
  text.resize(std::min(text.size(), text.find_first_not_of("0123456789.eE+-")));
  if (text.empty() || text.front() == '+') return {first, std::errc::invalid_argument};
  char* end = nullptr;
  const double read = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return {first, std::errc::invalid_argument};
  const char* const stop = first + (end - text.c_str());
  const bool is_zero_of_digits = read == 0 && text.find_first_of("123456789") < text.find_first_of("eE");
  if (std::isinf(read) || is_zero_of_digits) return {stop, std::errc::result_out_of_range};
  real = read;
  return {stop, std::errc()};
}

inline std::to_chars_result copy(char* first, char* last, const char* text, int size) {
  if (size < 0 || last - first < size) return {last, std::errc::value_too_large};
  std::memcpy(first, text, static_cast<size_t>(size));
  return {first + size, std::errc()};
}

inline bool reads_back(const char* text, double real) { return std::strtod(text, nullptr) == real; }
inline bool reads_back(const char* text, float real) { return std::strtof(text, nullptr) == real; }

// Writes as few digits as read back to the same number, in the shorter of both forms: 0.001, 1e-05.
template <typename Real>
std::to_chars_result write(char* first, char* last, Real real) {
  constexpr size_t kLongest = 400;  // the largest double in full
  char scientific[kLongest];
  char fixed[kLongest];
  int digits = 0;  // behind the first one
  int scientific_size = 0;
  do {
    scientific_size = std::snprintf(scientific, sizeof scientific, "%.*e", digits, static_cast<double>(real));
  } while (!reads_back(scientific, real) && ++digits < std::numeric_limits<Real>::max_digits10);
  const char* const mark = std::strchr(scientific, 'e');
  if (mark == nullptr) return copy(first, last, scientific, scientific_size);  // inf, nan
  const int decimals = digits - std::atoi(mark + 1);
  const int fixed_size =
      std::snprintf(fixed, sizeof fixed, "%.*f", decimals < 0 ? 0 : decimals, static_cast<double>(real));
  return fixed_size <= scientific_size ? copy(first, last, fixed, fixed_size)
                                       : copy(first, last, scientific, scientific_size);
}

inline std::to_chars_result write(char* first, char* last, double real, int decimals) {
  char text[400];
  const int size = std::snprintf(text, sizeof text, "%.*f", decimals, real);
  return copy(first, last, text, size < static_cast<int>(sizeof text) ? size : -1);
}

}  // namespace real_text_of_c

#if defined(__cpp_lib_to_chars)
inline std::from_chars_result read_real(const char* first, const char* last, double& real) {
  return std::from_chars(first, last, real);
}
template <typename Real>
std::to_chars_result write_real(char* first, char* last, Real real) {
  return std::to_chars(first, last, real);
}
// Writes as printf() does with "%.*f".
inline std::to_chars_result write_real(char* first, char* last, double real, int decimals) {
  return std::to_chars(first, last, real, std::chars_format::fixed, decimals);
}
#else
inline std::from_chars_result read_real(const char* first, const char* last, double& real) {
  return real_text_of_c::read(first, last, real);
}
template <typename Real>
std::to_chars_result write_real(char* first, char* last, Real real) {
  return real_text_of_c::write(first, last, real);
}
inline std::to_chars_result write_real(char* first, char* last, double real, int decimals) {
  return real_text_of_c::write(first, last, real, decimals);
}
#endif

}  // namespace spectradb::temporal

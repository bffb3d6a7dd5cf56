// Stands in for what Emscripten's C++ library of Debian 12 (libc++ 13) lacks; it is included before everything else.
#pragma once

#include <bit>

#if !defined(__cpp_lib_bit_cast)
namespace std {
template <typename To, typename From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}
}  // namespace std
#endif

// Gives a test program a clock that it sets: the program's own clock_gettime() replaces the system's, for
// the extension as well. Must be included by one source of a program that exports its symbols.
#pragma once

#include <dlfcn.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace spectradb::tests {

inline std::atomic<int64_t> clock_offset_s{0};  // how far the clock is off

}  // namespace spectradb::tests

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t id, timespec* time) noexcept {
  using ClockGettime = int (*)(clockid_t, timespec*);
  static const auto real = reinterpret_cast<ClockGettime>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int code = real(id, time);
  if (code == 0 && id == CLOCK_REALTIME) time->tv_sec += spectradb::tests::clock_offset_s;
  return code;
}

// Assertions about our own invariants, in pairs where something is written and read again. Conditions
// never depend on user data or on bytes from disk: wrong ones are errors, which a Status reports.
//
//   SPECTRADB_ASSERT(condition)    ends a debug build that breaks it, with file and line; a release build does not
//                                  evaluate it.
//   SPECTRADB_ENSURE(condition)    stays in release, where a commit or a published version would be wrong: the
//                                  function, which returns Status or Result, fails with kInternal instead, so that the
//                                  host goes on and nothing is acknowledged. In a debug build it ends the program.
#pragma once

#include "base/status.h"

namespace spectradb {

// Prints and ends the program: set a breakpoint here.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
Status broken_invariant(const char* condition, const char* file, int line);

}  // namespace spectradb

#ifdef NDEBUG
#define SPECTRADB_ASSERT(condition)                       \
  do {                                                    \
    if (false) static_cast<void>(condition); /* parsed */ \
  } while (false)
#define SPECTRADB_ENSURE(condition)                                                         \
  do {                                                                                      \
    if (!(condition)) return ::spectradb::broken_invariant(#condition, __FILE__, __LINE__); \
  } while (false)
#else
#define SPECTRADB_ASSERT(condition)                                                  \
  do {                                                                               \
    if (!(condition)) ::spectradb::assertion_failed(#condition, __FILE__, __LINE__); \
  } while (false)
#define SPECTRADB_ENSURE(condition) SPECTRADB_ASSERT(condition)
#endif

#include "base/assert.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace spectradb {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

Status broken_invariant(const char* condition, const char* file, int line) {
  return {Code::kInternal, std::string("internal error: ") + condition + " does not hold (" + file + ":" +
                               std::to_string(line) + "); nothing was committed, please report it"};
}

}  // namespace spectradb

#include "fuzz/target.h"

#include <cstdio>
#include <cstdlib>

namespace spectradb::fuzz {

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

}  // namespace spectradb::fuzz

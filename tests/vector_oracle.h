// Sums two vectors in double, which distances in float32 are compared with.
#pragma once

#include <cstddef>
#include <vector>

namespace spectradb::tests {

struct VectorSums {
  double aa = 0;  // scalar products
  double bb = 0;
  double ab = 0;
  double squares = 0;  // of the differences
};

// Both vectors must have as many elements.
inline VectorSums sums_in_double(const std::vector<float>& a, const std::vector<float>& b) {
  VectorSums sums;
  for (size_t i = 0; i < a.size(); ++i) {
    sums.aa += double{a[i]} * a[i];
    sums.bb += double{b[i]} * b[i];
    sums.ab += double{a[i]} * b[i];
    sums.squares += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  }
  return sums;
}

}  // namespace spectradb::tests

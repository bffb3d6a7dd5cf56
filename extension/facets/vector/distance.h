// Measures how far two vectors are from each other; smaller is nearer under every metric. Used by any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "extension/facets/vector/vector.h"

namespace spectradb::extension {

enum class Metric : uint8_t {
  kCosine,   // 1 - the cosine of the angle, 0 to 2; 1 where a vector is all zeros and so has no direction
  kL2,       // the length of the difference
  kDot,      // the scalar product, negative so that smaller is nearer
  kHamming,  // how many bits differ: the only metric of bits, and only of these
};

std::optional<Metric> metric_named(std::string_view name);
// Returns the metric of a call that names none: hamming for bits, else cosine.
Metric default_metric(const VectorView& a, const VectorView& b);

// Returns the distance. For float32 it is computed in float32, and right within 1e-6 of the vectors'
// lengths; where the sums leave the range of float32, it is computed in double. kInvalid where dimensions,
// elements and metric do not go together, and for elements that are not numbers.
Result<double> distance(const VectorView& a, const VectorView& b, Metric metric);

}  // namespace spectradb::extension

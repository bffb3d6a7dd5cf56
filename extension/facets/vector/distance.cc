#include "extension/facets/vector/distance.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "extension/facets/vector/kernels.h"

namespace spectradb::extension {

namespace {

constexpr std::pair<std::string_view, Metric> kMetrics[] = {
    {"cosine", Metric::kCosine}, {"l2", Metric::kL2}, {"dot", Metric::kDot}, {"hamming", Metric::kHamming}};

std::string name_of_metric(Metric metric) {
  for (const auto& [name, known] : kMetrics)
    if (known == metric) return std::string(name);
  return {};
}

// Takes one root of the product, which a double can hold exactly enough that a vector is at 0 from itself.
double cosine_distance(double aa, double bb, double ab) {
  if (aa == 0 || bb == 0) return 1;
  return std::clamp(1 - ab / std::sqrt(aa * bb), 0.0, 2.0);
}

// Within this range float32 holds the sums, and enough of their terms.
constexpr float kLeastSum = 1e-24F;
constexpr float kLargestSum = 1e36F;
bool is_in_range(float sum) { return sum > kLeastSum && sum < kLargestSum; }

// Computes the same in double, for elements that are too small or too large for sums in float32.
double wide_distance(const char* a, const char* b, size_t dimensions, Metric metric) {
  double aa = 0;
  double bb = 0;
  double ab = 0;
  double squares = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    float x;
    float y;
    std::memcpy(&x, a + i * sizeof x, sizeof x);
    std::memcpy(&y, b + i * sizeof y, sizeof y);
    aa += double{x} * x;
    bb += double{y} * y;
    ab += double{x} * y;
    squares += (double{x} - y) * (double{x} - y);
  }
  if (metric == Metric::kCosine) return cosine_distance(aa, bb, ab);
  return metric == Metric::kL2 ? std::sqrt(squares) : -ab;
}

double float_distance(const char* a, const char* b, size_t dimensions, Metric metric) {
  const VectorKernels& kernels = fastest_kernels();
  if (metric == Metric::kL2) {
    const float squares = kernels.squares(a, b, dimensions);
    if (is_in_range(squares)) return std::sqrt(double{squares});
  } else if (metric == Metric::kDot) {
    const float product = kernels.dot(a, b, dimensions);
    if (is_in_range(std::fabs(product))) return -double{product};
  } else {
    const float aa = kernels.dot(a, a, dimensions);
    const float bb = kernels.dot(b, b, dimensions);
    const float ab = kernels.dot(a, b, dimensions);
    if (is_in_range(aa) && is_in_range(bb)) return cosine_distance(aa, bb, ab);
  }
  return wide_distance(a, b, dimensions, metric);
}

double int8_distance(const VectorView& a, const VectorView& b, Metric metric) {
  const VectorKernels& kernels = fastest_kernels();
  const double ab = double{a.scale} * b.scale * kernels.dot_int8(a.elements, b.elements, a.dimensions);
  if (metric == Metric::kDot) return -ab;
  const double aa = double{a.scale} * a.scale * kernels.dot_int8(a.elements, a.elements, a.dimensions);
  const double bb = double{b.scale} * b.scale * kernels.dot_int8(b.elements, b.elements, b.dimensions);
  if (metric == Metric::kCosine) return cosine_distance(aa, bb, ab);
  return std::sqrt(std::max(aa + bb - 2 * ab, 0.0));
}

// Gives any elements as floats, without a copy if they are floats already.
class AsFloats {
 public:
  explicit AsFloats(const VectorView& vector) {
    if (vector.element == Element::kFloat32) {
      elements_ = vector.elements;
      return;
    }
    if (vector.dimensions > std::size(few_)) many_.resize(vector.dimensions);
    float* const room = many_.empty() ? few_ : many_.data();
    decode(vector, {room, vector.dimensions});
    elements_ = reinterpret_cast<const char*>(room);
  }
  AsFloats(const AsFloats&) = delete;
  AsFloats& operator=(const AsFloats&) = delete;
  const char* elements() const { return elements_; }

 private:
  const char* elements_;
  float few_[1024];
  std::vector<float> many_;
};

Result<double> bit_distance(const VectorView& a, const VectorView& b, Metric metric) {
  if (a.element != b.element)
    return Status::invalid(
        "a vector of bits is compared with one of bits only: make both by spectradb_vector_bit()");
  if (metric != Metric::kHamming)
    return Status::invalid("the distance of vectors of bits is 'hamming', not '" + name_of_metric(metric) +
                           "'");
  const size_t whole = a.dimensions / 8;
  uint64_t differing = fastest_kernels().differing_bits(a.elements, b.elements, whole);
  // Unused bits may have any value.
  for (size_t i = whole * 8; i < a.dimensions; ++i)
    differing += (a.elements[whole] ^ b.elements[whole]) >> i % 8 & 1;
  return static_cast<double>(differing);
}

}  // namespace

std::optional<Metric> metric_named(std::string_view name) {
  for (const auto& [known, metric] : kMetrics)
    if (known == name) return metric;
  return std::nullopt;
}

Metric default_metric(const VectorView& a, const VectorView& b) {
  return a.element == Element::kBit && b.element == Element::kBit ? Metric::kHamming : Metric::kCosine;
}

Result<double> distance(const VectorView& a, const VectorView& b, Metric metric) {
  if (a.dimensions != b.dimensions) return unequal_dimensions(a.dimensions, b.dimensions);
  if (a.element == Element::kBit || b.element == Element::kBit) return bit_distance(a, b, metric);
  if (metric == Metric::kHamming)
    return Status::invalid(
        "'hamming' is the distance of vectors of bits: make both by spectradb_vector_bit()");
  double found = 0;
  if (a.element == Element::kInt8 && b.element == Element::kInt8) {
    found = int8_distance(a, b, metric);
  } else {
    const AsFloats x(a);
    const AsFloats y(b);
    found = float_distance(x.elements(), y.elements(), a.dimensions, metric);
  }
  if (std::isfinite(found)) return found;
  SPECTRADB_RETURN_IF_ERROR(check_finite(a));
  SPECTRADB_RETURN_IF_ERROR(check_finite(b));
  return found;
}

}  // namespace spectradb::extension

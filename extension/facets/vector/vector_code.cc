#include "extension/facets/vector/vector_code.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "extension/facets/vector/kernels.h"

namespace spectradb::extension {

namespace {

constexpr float kLargestCode = 127;
constexpr size_t kCodeHeaderBytes = 2 * sizeof(float);

}  // namespace

void prepare(std::span<float> floats, Metric metric) {
  if (metric != Metric::kCosine) return;
  float largest = 0;
  for (const float number : floats) largest = std::max(largest, std::fabs(number));
  if (largest == 0) return;
  double sum = 0;  // elements are at most 1, so the sum cannot overflow
  for (const float number : floats) {
    const double part = double{number} / largest;
    sum += part * part;
  }
  const double length = std::sqrt(sum);
  for (float& number : floats) number = static_cast<float>(double{number} / largest / length);
}

std::string encode_code(std::span<const float> floats) {
  float largest = 0;
  for (const float number : floats) largest = std::max(largest, std::fabs(number));
  float scale = largest / kLargestCode;
  // This keeps decoded values of the largest floats finite.
  if (std::isinf(scale * kLargestCode)) scale = std::nextafter(scale, 0.0F);
  std::string bytes(kCodeHeaderBytes + floats.size(), '\0');
  char* const elements = bytes.data() + kCodeHeaderBytes;
  for (size_t i = 0; i < floats.size(); ++i) {
    const float code = scale > 0 ? std::nearbyint(floats[i] / scale) : 0;
    elements[i] = static_cast<char>(static_cast<int8_t>(std::clamp(code, -kLargestCode, kLargestCode)));
  }
  const int32_t squares = fastest_kernels().dot_int8(elements, elements, floats.size());
  const auto square = static_cast<float>(double{scale} * scale * squares);
  std::memcpy(bytes.data(), &scale, sizeof scale);
  std::memcpy(bytes.data() + sizeof scale, &square, sizeof square);
  return bytes;
}

Result<CodeView> read_code(std::string_view bytes, size_t dimensions) {
  if (bytes.size() != kCodeHeaderBytes + dimensions)
    return Status::corrupt("an entry of an index on vectors has " + std::to_string(bytes.size()) +
                           " bytes, which is no code of " + std::to_string(dimensions) + " dimensions");
  CodeView code{0, 0, bytes.data() + kCodeHeaderBytes, dimensions};
  std::memcpy(&code.scale, bytes.data(), sizeof code.scale);
  std::memcpy(&code.square, bytes.data() + sizeof code.scale, sizeof code.square);
  if (!(std::isfinite(code.scale) && code.scale >= 0 && code.square >= 0))
    return Status::corrupt("an entry of an index on vectors has a scale that no vector has");
  return code;
}

void decode(const CodeView& code, std::span<float> floats) {
  for (size_t i = 0; i < code.dimensions; ++i)
    floats[i] = code.scale * static_cast<float>(static_cast<int8_t>(code.elements[i]));
}

float squared_distance(const CodeView& a, const CodeView& b) {
  const auto product = static_cast<float>(fastest_kernels().dot_int8(a.elements, b.elements, a.dimensions));
  const float squares = a.square + b.square - 2 * (a.scale * b.scale * product);
  // A sum beyond float32 is far away; it must not be infinite or NaN, because NaN has no place in an order.
  return std::isfinite(squares) ? std::max(squares, 0.0F) : std::numeric_limits<float>::max();
}

}  // namespace spectradb::extension

#include "extension/facets/vector/vector_code.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "extension/facets/vector/kernels.h"

namespace spectradb::extension {

namespace {

constexpr float kLargestInt8 = 127;
constexpr float kLargestInt4 = 7;
constexpr int kZeroNibble = 8;
constexpr int kNibbleBits = 4;
constexpr int kLowNibble = 15;
constexpr size_t kCodeHeaderBytes = 2 * sizeof(float);

// In many dimensions rotated elements are spread as normal deviates are. Of these, 15 steps are best spent on
// what is within so many times their root mean square; the few beyond are cut off.
constexpr float kFarthestDeviate = 2.7F;

constexpr uint64_t kSigns = 0x9e3779b97f4a7c15U;  // what signs an element gets, by a hash of its place
constexpr int kRotations = 2;

size_t elements_bytes(size_t dimensions, CodeKind kind) {
  return kind == CodeKind::kInt8 ? dimensions : (dimensions + 1) / 2;
}

// A Hadamard transform of randomly signed elements, whose count is a power of 2.
void rotate_part(std::span<float> floats, uint64_t round) {
  const auto shrink = static_cast<float>(1 / std::sqrt(static_cast<double>(floats.size())));
  for (size_t i = 0; i < floats.size(); ++i) {
    const bool is_negative = (((i + 1) * kSigns) >> (32 + round)) & 1;
    floats[i] *= is_negative ? -shrink : shrink;
  }
  for (size_t half = 1; half < floats.size(); half *= 2) {
    for (size_t group = 0; group < floats.size(); group += 2 * half) {
      for (size_t i = group; i < group + half; ++i) {
        const float a = floats[i];
        const float b = floats[i + half];
        floats[i] = a + b;
        floats[i + half] = a - b;
      }
    }
  }
}

// Where the count is no power of 2, the first and the last elements are rotated in turn, and overlap.
void rotate(std::span<float> floats) {
  const size_t part = std::bit_floor(floats.size());
  uint64_t round = 0;
  for (int rotation = 0; rotation < kRotations; ++rotation) {
    rotate_part(floats.first(part), round++);
    if (part < floats.size()) rotate_part(floats.last(part), round++);
  }
  // Only of elements near the largest float32 can sums be beyond it.
  for (float& number : floats) {
    constexpr float kMost = std::numeric_limits<float>::max();
    number = std::isnan(number) ? 0 : std::clamp(number, -kMost, kMost);
  }
}

float largest_of(std::span<const float> floats) {
  float largest = 0;
  for (const float number : floats) largest = std::max(largest, std::fabs(number));
  return largest;
}

float scale_of(std::span<const float> floats, CodeKind kind) {
  const float most = kind == CodeKind::kInt8 ? kLargestInt8 : kLargestInt4;
  float largest = largest_of(floats);
  if (kind == CodeKind::kInt4 && floats.size() >= kLeastInt4Dimensions) {
    double sum = 0;
    for (const float number : floats) sum += double{number} * number;
    const double spread = std::sqrt(sum / static_cast<double>(floats.size()));
    largest = static_cast<float>(std::min(double{largest}, kFarthestDeviate * spread));
  }
  const float scale = largest / most;
  // This keeps decoded values of the largest floats finite.
  return std::isinf(scale * most) ? std::nextafter(scale, 0.0F) : scale;
}

int nibble_at(const char* elements, size_t dimensions, size_t place) {
  const size_t group = place / kNibbleGroup * kNibbleGroup;
  const size_t low = (std::min(kNibbleGroup, dimensions - group) + 1) / 2;
  const size_t at = place - group;
  const auto byte = static_cast<unsigned char>(elements[group / 2 + (at < low ? at : at - low)]);
  return at < low ? byte & kLowNibble : byte >> kNibbleBits;
}

void set_nibble(char* elements, size_t dimensions, size_t place, int nibble) {
  const size_t group = place / kNibbleGroup * kNibbleGroup;
  const size_t low = (std::min(kNibbleGroup, dimensions - group) + 1) / 2;
  const size_t at = place - group;
  char& byte = elements[group / 2 + (at < low ? at : at - low)];
  byte = static_cast<char>(static_cast<unsigned char>(byte) | (at < low ? nibble : nibble << kNibbleBits));
}

}  // namespace

namespace {

void make_unit(std::span<float> floats) {
  const float largest = largest_of(floats);
  if (largest == 0) return;
  double sum = 0;  // elements are at most 1, so the sum cannot overflow
  for (const float number : floats) {
    const double part = double{number} / largest;
    sum += part * part;
  }
  const double length = std::sqrt(sum);
  for (float& number : floats) number = static_cast<float>(double{number} / largest / length);
}

}  // namespace

void prepare(std::span<float> floats, Metric metric, CodeKind kind) {
  if (metric == Metric::kCosine) make_unit(floats);
  if (kind == CodeKind::kInt4) rotate(floats);
}

size_t code_bytes(size_t dimensions, CodeKind kind) {
  return kCodeHeaderBytes + elements_bytes(dimensions, kind);
}

std::string encode_code(std::span<const float> floats, CodeKind kind) {
  const float scale = scale_of(floats, kind);
  const float most = kind == CodeKind::kInt8 ? kLargestInt8 : kLargestInt4;
  std::string bytes(code_bytes(floats.size(), kind), '\0');
  char* const elements = bytes.data() + kCodeHeaderBytes;
  int64_t squares = 0;
  for (size_t i = 0; i < floats.size(); ++i) {
    const float code = scale > 0 ? std::nearbyint(floats[i] / scale) : 0;
    const auto element = static_cast<int>(std::clamp(code, -most, most));
    squares += int64_t{element} * element;
    if (kind == CodeKind::kInt8) {
      elements[i] = static_cast<char>(static_cast<int8_t>(element));
    } else {
      set_nibble(elements, floats.size(), i, element + kZeroNibble);
    }
  }
  const auto square = static_cast<float>(double{scale} * scale * static_cast<double>(squares));
  std::memcpy(bytes.data(), &scale, sizeof scale);
  std::memcpy(bytes.data() + sizeof scale, &square, sizeof square);
  return bytes;
}

Result<CodeView> read_code(std::string_view bytes, size_t dimensions, CodeKind kind) {
  if (bytes.size() != code_bytes(dimensions, kind))
    return Status::corrupt("an entry of an index on vectors has " + std::to_string(bytes.size()) +
                           " bytes, which is no code of " + std::to_string(dimensions) + " dimensions");
  CodeView code{kind, 0, 0, bytes.data() + kCodeHeaderBytes, dimensions};
  std::memcpy(&code.scale, bytes.data(), sizeof code.scale);
  std::memcpy(&code.square, bytes.data() + sizeof code.scale, sizeof code.square);
  if (!(std::isfinite(code.scale) && code.scale >= 0 && code.square >= 0))
    return Status::corrupt("an entry of an index on vectors has a scale that no vector has");
  return code;
}

void decode(const CodeView& code, std::span<float> floats) {
  for (size_t i = 0; i < code.dimensions; ++i) {
    const int element = code.kind == CodeKind::kInt8
                            ? static_cast<int8_t>(code.elements[i])
                            : nibble_at(code.elements, code.dimensions, i) - kZeroNibble;
    floats[i] = code.scale * static_cast<float>(element);
  }
}

AskedCode::AskedCode(std::span<const float> floats)
    : kernels_(fastest_kernels()), bytes_(encode_code(floats, CodeKind::kInt8)) {
  code_.elements = bytes_.data() + kCodeHeaderBytes;
  code_.dimensions = floats.size();
  std::memcpy(&code_.scale, bytes_.data(), sizeof code_.scale);
  std::memcpy(&code_.square, bytes_.data() + sizeof code_.scale, sizeof code_.square);
  for (size_t i = 0; i < code_.dimensions; ++i) sum_ += static_cast<int8_t>(code_.elements[i]);
}

float AskedCode::squared_distance(const CodeView& code) const {
  const int32_t sum =
      code.kind == CodeKind::kInt8
          ? kernels_.dot_int8(code_.elements, code.elements, code_.dimensions)
          : kernels_.dot_nibbles(code_.elements, code.elements, code_.dimensions) - kZeroNibble * sum_;
  const float squares = code_.square + code.square - 2 * (code_.scale * code.scale * static_cast<float>(sum));
  // A sum beyond float32 is far away; it must not be infinite or NaN, because NaN has no place in an order.
  return std::isfinite(squares) ? std::max(squares, 0.0F) : std::numeric_limits<float>::max();
}

}  // namespace spectradb::extension

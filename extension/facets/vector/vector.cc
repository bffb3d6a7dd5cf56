#include "extension/facets/vector/vector.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace spectradb::extension {

static_assert(std::endian::native == std::endian::little, "elements are read as they are stored");

namespace {

constexpr unsigned char kFloat16Tag = 0x30;
constexpr unsigned char kInt8Tag = 0x20;
constexpr unsigned char kBitTag = 0x40;
constexpr unsigned char kPaddedFlag = 0x08;
constexpr unsigned char kUnusedBits = 0x07;
constexpr size_t kBitsOfByte = 8;
constexpr float kLargestInt8 = 127;

Status no_vector(std::string_view bytes) {
  return Status::invalid("a BLOB of " + std::to_string(bytes.size()) +
                         " bytes is no vector: a float32 takes 4 bytes, and other elements are made by "
                         "spectradb_vector_f16(), _i8() and _bit()");
}

// Returns what precedes the tag and its padding byte; `size` is that of the whole.
Result<std::string_view> without_tag(std::string_view bytes, unsigned char tag) {
  const size_t behind = (tag & kPaddedFlag) != 0 ? 2 : 1;
  if (bytes.size() <= behind || (behind == 2 && bytes[bytes.size() - 2] != '\0')) return no_vector(bytes);
  return bytes.substr(0, bytes.size() - behind);
}

Result<VectorView> read_tagged_vector(std::string_view bytes) {
  const auto tag = static_cast<unsigned char>(bytes.back());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view data, without_tag(bytes, tag));
  const size_t size = data.size();
  if (tag == kFloat16Tag) return VectorView{Element::kFloat16, size / 2, data.data(), 1};
  if ((tag & ~kPaddedFlag) == kInt8Tag && size > sizeof(float)) {
    VectorView vector{Element::kInt8, size - sizeof(float), data.data(), 1};
    std::memcpy(&vector.scale, data.data() + vector.dimensions, sizeof(float));
    return vector;
  }
  if ((tag & ~(kPaddedFlag | kUnusedBits)) == kBitTag)
    return VectorView{Element::kBit, size * kBitsOfByte - (tag & kUnusedBits), data.data(), 1};
  return no_vector(bytes);
}

// Follows IEEE 754: 1 bit for the sign, 5 for the exponent, 10 for the fraction. A multiplication changes
// the exponent, which makes subnormal numbers right as well.
float float_of_half(uint16_t half) {
  constexpr uint32_t kInfinity = 0x7c00;
  constexpr float kExponents = 0x1p112F;
  const uint32_t magnitude = half & 0x7fffU;
  const float shifted = std::bit_cast<float>(magnitude << 13) * kExponents;
  const uint32_t bits = std::bit_cast<uint32_t>(shifted) | (magnitude >= kInfinity ? 0x7f800000U : 0U);
  return std::bit_cast<float>(bits | static_cast<uint32_t>(half & 0x8000U) << 16);
}

// Rounds to the nearest, and to the even one of two; nothing may be beyond the range.
uint16_t half_of_float(float number) {
  const uint32_t sign = std::bit_cast<uint32_t>(number) >> 16 & 0x8000U;
  const float magnitude = std::fabs(number);
  constexpr float kLeastNormal = 0x1p-14F;
  if (magnitude < kLeastNormal) {  // the unit is 2^-24
    const auto units = static_cast<uint32_t>(std::nearbyint(magnitude * 0x1p24F));
    return static_cast<uint16_t>(sign | units);
  }
  const uint32_t bits = std::bit_cast<uint32_t>(magnitude);
  const uint32_t rounded = bits + 0xfffU + (bits >> 13 & 1U);
  return static_cast<uint16_t>(sign | ((rounded - (112U << 23)) >> 13));
}

Result<std::string> encode_float16(std::span<const float> floats) {
  constexpr float kBeyond = 65520;  // rounds to infinity
  std::string bytes(floats.size() * 2 + 1, static_cast<char>(kFloat16Tag));
  for (size_t i = 0; i < floats.size(); ++i) {
    if (std::fabs(floats[i]) >= kBeyond)
      return Status::invalid("element " + std::to_string(i) + " is beyond the range of float16");
    const uint16_t half = half_of_float(floats[i]);
    std::memcpy(bytes.data() + 2 * i, &half, sizeof half);
  }
  return bytes;
}

// Integers that fit keep their values.
float scale_of(std::span<const float> floats) {
  float largest = 0;
  bool are_integers = true;
  for (const float number : floats) {
    largest = std::max(largest, std::fabs(number));
    are_integers = are_integers && number >= -kLargestInt8 - 1 && number <= kLargestInt8 &&
                   number == std::nearbyint(number);
  }
  return are_integers ? 1 : largest / kLargestInt8;
}

std::string encode_int8(std::span<const float> floats) {
  const float scale = scale_of(floats);
  const bool is_padded = floats.size() % 2 == 1;
  std::string bytes;
  for (const float number : floats) {
    const float code = scale > 0 ? std::nearbyint(number / scale) : 0;
    bytes += static_cast<char>(static_cast<int8_t>(std::clamp(code, -kLargestInt8 - 1, kLargestInt8)));
  }
  bytes.append(reinterpret_cast<const char*>(&scale), sizeof scale);
  if (is_padded) bytes += '\0';
  return bytes + static_cast<char>(kInt8Tag | (is_padded ? kPaddedFlag : 0));
}

std::string encode_bits(std::span<const float> floats) {
  std::string bytes((floats.size() + kBitsOfByte - 1) / kBitsOfByte, '\0');
  for (size_t i = 0; i < floats.size(); ++i) {
    if (floats[i] > 0)
      bytes[i / kBitsOfByte] =
          static_cast<char>(static_cast<unsigned char>(bytes[i / kBitsOfByte]) | 1U << i % kBitsOfByte);
  }
  const size_t unused = bytes.size() * kBitsOfByte - floats.size();
  const bool is_padded = bytes.size() % 2 == 1;
  if (is_padded) bytes += '\0';
  return bytes + static_cast<char>(kBitTag | (is_padded ? kPaddedFlag : 0U) | unused);
}

}  // namespace

Result<VectorView> read_vector(std::string_view bytes) {
  if (bytes.empty()) return Status::invalid("a vector has at least one element");
  Result<VectorView> vector = VectorView{Element::kFloat32, bytes.size() / sizeof(float), bytes.data(), 1};
  if (bytes.size() % 2 == 1) {
    vector = read_tagged_vector(bytes);
  } else if (bytes.size() % sizeof(float) != 0) {
    return no_vector(bytes);
  }
  if (vector && vector->dimensions > kMostDimensions)
    return Status::invalid("a vector has at most " + std::to_string(kMostDimensions) + " elements, not " +
                           std::to_string(vector->dimensions));
  return vector;
}

namespace {

Status not_finite(size_t element) {
  return Status::invalid("element " + std::to_string(element) + " is not a finite number");
}

}  // namespace

Status check_finite(const VectorView& vector) {
  if (vector.element == Element::kBit) return Status::ok();
  if (vector.element == Element::kInt8) {
    if (!std::isfinite(vector.scale))
      return Status::invalid("the scale of an int8 vector is not a finite number");
    for (size_t i = 0; i < vector.dimensions; ++i) {
      const float number = vector.scale * static_cast<float>(static_cast<int8_t>(vector.elements[i]));
      if (!std::isfinite(number)) return not_finite(i);
    }
    return Status::ok();
  }
  const bool is_half = vector.element == Element::kFloat16;
  const auto is_finite = [&](size_t i) {
    uint32_t bits = 0;
    std::memcpy(&bits, vector.elements + i * (is_half ? 2 : 4), is_half ? 2 : 4);
    const uint32_t exponent = is_half ? 0x7c00U : 0x7f800000U;
    return (bits & exponent) != exponent;
  };
  for (size_t i = 0; i < vector.dimensions; ++i) {
    if (!is_finite(i)) return not_finite(i);
  }
  return Status::ok();
}

void decode(const VectorView& vector, std::span<float> floats) {
  switch (vector.element) {
    case Element::kFloat32:
      std::memcpy(floats.data(), vector.elements, vector.dimensions * sizeof(float));
      break;
    case Element::kFloat16:
      for (size_t i = 0; i < vector.dimensions; ++i) {
        uint16_t half;
        std::memcpy(&half, vector.elements + 2 * i, sizeof half);
        floats[i] = float_of_half(half);
      }
      break;
    case Element::kInt8:
      for (size_t i = 0; i < vector.dimensions; ++i)
        floats[i] = vector.scale * static_cast<float>(static_cast<int8_t>(vector.elements[i]));
      break;
    case Element::kBit:
      for (size_t i = 0; i < vector.dimensions; ++i) {
        const auto byte = static_cast<unsigned char>(vector.elements[i / kBitsOfByte]);
        floats[i] = static_cast<float>(byte >> i % kBitsOfByte & 1U);
      }
      break;
  }
}

Result<std::string> encode(std::span<const float> floats, Element element) {
  switch (element) {
    case Element::kFloat32:
      return std::string(reinterpret_cast<const char*>(floats.data()), floats.size_bytes());
    case Element::kFloat16:
      return encode_float16(floats);
    case Element::kInt8:
      return encode_int8(floats);
    case Element::kBit:
      return encode_bits(floats);
  }
  return std::string();
}

Status unequal_dimensions(size_t a, size_t b) {
  return Status::invalid("the vectors have " + std::to_string(a) + " and " + std::to_string(b) +
                         " dimensions");
}

}  // namespace spectradb::extension

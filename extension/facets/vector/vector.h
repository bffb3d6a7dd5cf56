// Vectors as bytes. A BLOB of float32 is what every library of embeddings writes; the shorter kinds, which
// spectradb_vector_f16() and its like make, end in a byte that says what they are, and their size is odd, as
// that of float32 never is:
//
//   float32 …                            4 d bytes
//   float16 … 0x30                       2 d + 1
//   int8 … scale [0x00] (0x20 | 0x28)    an element is its int8 times the scale, a float32
//   bits [0x00] (0x40 | 0x48) + unused   element i is bit i % 8 of byte i / 8; unused, 0 to 7, are the bits
//                                        of the last byte that are none
//
// 0x00 stands before 0x28 and 0x48, where the size would be even otherwise.
// All are little-endian. Bytes come from users: nothing here trusts them. Used by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

// The sum of products of so many int8 fits into an int32.
inline constexpr size_t kMostDimensions = 65536;

enum class Element : uint8_t { kFloat32, kFloat16, kInt8, kBit };

// A vector in bytes that somebody else keeps alive.
struct VectorView {
  Element element = Element::kFloat32;
  size_t dimensions = 0;
  const char* elements = nullptr;
  float scale = 1;  // the scale of int8

  static VectorView of(std::span<const float> floats) {
    return {Element::kFloat32, floats.size(), reinterpret_cast<const char*>(floats.data()), 1};
  }
};

// Reads a vector; kInvalid where the bytes are none. check_finite() decides whether the elements are
// finite.
Result<VectorView> read_vector(std::string_view bytes);

// Checks that all elements are finite; kInvalid gives the place of the first one that is not: "element 17
// is not a finite number".
Status check_finite(const VectorView& vector);

// Writes the elements to `floats`, which has as many as the vector has dimensions. Bits become 0 and 1.
void decode(const VectorView& vector, std::span<float> floats);

// Returns the bytes of finite floats. float16 rounds to the nearest; int8 rounds to the nearest multiple of
// a scale that makes the largest element 127 (integers from -128 to 127 keep their values); a bit is 1
// where an element is above 0. kInvalid where an element is beyond the range of float16.
Result<std::string> encode(std::span<const float> floats, Element element);

// Returns "the vectors have 384 and 768 dimensions".
Status unequal_dimensions(size_t a, size_t b);

}  // namespace spectradb::extension

// Encodes vectors as an index stores them: with a byte an element, or with half of one. Lists consist of these
// codes, which give estimated distances.
//
//   code    := scale:float32 square:float32 element …     square is the sum of the squares of the elements
//   int8    := element: 1 byte, its value is the byte, signed, times the scale
//   int4    := element: 4 bits, its value is these bits less 8, times the scale; kernels.h says how they lie
//
// Under cosine a vector is scaled to length 1 first, so that all distances inside an index are those of l2.
// For int4 it is rotated, too, always alike: what is in a few elements then is in all of them, and distances
// stay. The same vector gives the same bytes on every machine. Used by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facets/vector/distance.h"

namespace spectradb::extension {

struct VectorKernels;

enum class CodeKind : uint8_t { kInt8, kInt4 };
// Indexes keep vectors of fewer dimensions as int8.
inline constexpr size_t kLeastInt4Dimensions = 64;

// Prepares a vector for an index, which compares by l2: under cosine its length becomes 1; zeros stay zeros.
void prepare(std::span<float> floats, Metric metric, CodeKind kind);

size_t code_bytes(size_t dimensions, CodeKind kind);
std::string encode_code(std::span<const float> floats, CodeKind kind);

// A code in bytes that somebody else keeps alive.
struct CodeView {
  CodeKind kind = CodeKind::kInt8;
  float scale = 0;
  float square = 0;
  const char* elements = nullptr;
  size_t dimensions = 0;
};
// Reads a code; kCorrupt where the bytes are none with so many dimensions.
Result<CodeView> read_code(std::string_view bytes, size_t dimensions, CodeKind kind);
void decode(const CodeView& code, std::span<float> floats);

// What is looked for, a prepared vector, as int8 beside codes of either kind.
class AskedCode {
 public:
  explicit AskedCode(std::span<const float> floats);
  // The view is that of an own code.
  AskedCode(const AskedCode&) = delete;
  AskedCode& operator=(const AskedCode&) = delete;

  size_t dimensions() const { return code_.dimensions; }
  // Returns the square of the distance.
  float squared_distance(const CodeView& code) const;

 private:
  const VectorKernels& kernels_;
  const std::string bytes_;
  CodeView code_;
  int32_t sum_ = 0;  // of its elements
};

}  // namespace spectradb::extension

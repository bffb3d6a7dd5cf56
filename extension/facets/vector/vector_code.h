// Encodes vectors as an index stores them, a quarter as large as float32. Lists consist of these codes,
// which give estimated distances.
//
//   code := scale:float32 square:float32 element:int8 …     an element is its int8 times the scale; square is the sum
//                                                           of the squares of the elements
//
// Under cosine a vector is scaled to length 1 first, so that all distances inside an index are those of l2.
// The same vector gives the same bytes on every machine. Used by any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/facets/vector/distance.h"

namespace spectradb::extension {

// Prepares a vector for an index, which compares by l2: under cosine its length becomes 1; zeros stay zeros.
void prepare(std::span<float> floats, Metric metric);

std::string encode_code(std::span<const float> floats);

// A code in bytes that somebody else keeps alive.
struct CodeView {
  float scale = 0;
  float square = 0;
  const char* elements = nullptr;
  size_t dimensions = 0;
};
// Reads a code; kCorrupt where the bytes are none with so many dimensions.
Result<CodeView> read_code(std::string_view bytes, size_t dimensions);
void decode(const CodeView& code, std::span<float> floats);
// Returns the square of the distance.
float squared_distance(const CodeView& a, const CodeView& b);

}  // namespace spectradb::extension

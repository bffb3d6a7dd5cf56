// Sums what distances are made of, as fast as the processor allows. All variants give the same bits: there
// are 32 partial sums, of which sum i takes the elements i, i + 32 …; each product is rounded before it is
// added; and the partial sums are added in one order. So an answer AS OF a time does not depend on the
// machine. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace spectradb::extension {

// Nibbles lie in groups of so many elements: the first half of a group is in the low halves of its bytes, the
// rest in the high halves. The last group has what is left, and the longer half of that is low.
inline constexpr size_t kNibbleGroup = 64;

// Elements need not be aligned.
struct VectorKernels {
  const char* name;
  float (*dot)(const char* a, const char* b, size_t dimensions);      // of float32
  float (*squares)(const char* a, const char* b, size_t dimensions);  // of the differences of float32
  int32_t (*dot_int8)(const char* a, const char* b, size_t dimensions);
  // Of int8 with the nibbles of extension/facets/vector/vector_code.h, each taken as a number from 0 to 15.
  int32_t (*dot_nibbles)(const char* int8, const char* nibbles, size_t dimensions);
  uint64_t (*differing_bits)(const char* a, const char* b, size_t bytes);
};

// Returns the kernels that this processor can run; the last one is the fastest.
std::span<const VectorKernels> runnable_kernels();
// Returns the fastest kernels, or those that SPECTRADB_TEST_VECTOR_KERNELS names, for tests.
const VectorKernels& fastest_kernels();

}  // namespace spectradb::extension

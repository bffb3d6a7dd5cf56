// Sums what distances are made of, as fast as the processor allows. All variants give the same bits: there
// are 32 partial sums, of which sum i takes the elements i, i + 32 …; each product is rounded before it is
// added; and the partial sums are added in one order. So an answer AS OF a time does not depend on the
// machine. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace spectradb::extension {

// Elements need not be aligned.
struct VectorKernels {
  const char* name;
  float (*dot)(const char* a, const char* b, size_t dimensions);      // of float32
  float (*squares)(const char* a, const char* b, size_t dimensions);  // of the differences of float32
  int32_t (*dot_int8)(const char* a, const char* b, size_t dimensions);
  uint64_t (*differing_bits)(const char* a, const char* b, size_t bytes);
};

// Returns the kernels that this processor can run; the last one is the fastest.
std::span<const VectorKernels> runnable_kernels();
// Returns the fastest kernels, or those that SPECTRADB_TEST_VECTOR_KERNELS names, for tests.
const VectorKernels& fastest_kernels();

}  // namespace spectradb::extension

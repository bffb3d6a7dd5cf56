// The sums that distances are made of, as fast as the processor has them. All variants give the same bits: 32
// partial sums, of which sum i takes the elements i, i + 32 …, each product rounded before it is added, and
// one order in which the partial sums are added. So an answer AS OF a time does not depend on the machine.
// Used by any thread.
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

// Those that this processor can run; the last one is the fastest.
std::span<const VectorKernels> runnable_kernels();
// Tests name others, by the variable SPECTRADB_TEST_VECTOR_KERNELS.
const VectorKernels& fastest_kernels();

}  // namespace spectradb::extension

// Uses the compiler's vector types, and not loops that it may vectorize: so the code is fast without
// optimisation, too, and NEON's sums of floats come from the same lines. A processor with AVX2 has registers
// of 32 bytes, all others of 16. Sums of integers are written for each processor.
#include "extension/facets/vector/kernels.h"

#include <bit>
#include <cstdlib>
#include <cstring>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#define SPECTRADB_AVX2 __attribute__((target("avx2,popcnt")))
#define SPECTRADB_VNNI __attribute__((target("avx2,popcnt,avx512vl,avx512vnni")))
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <sys/auxv.h>
#if defined(__clang__)
#define SPECTRADB_DOTPROD __attribute__((target("dotprod")))
#else
#define SPECTRADB_DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#endif
#define SPECTRADB_INLINE __attribute__((always_inline)) inline

namespace spectradb::extension {

namespace {

constexpr size_t kSums = 32;
constexpr size_t kSumsAtEnd = 8;

using Floats16 = float __attribute__((vector_size(16)));
#if defined(__x86_64__)
using Floats32 = float __attribute__((vector_size(32)));
#endif

// Adds the second half of the sums to the first until 8 are left, and adds those in pairs.
template <typename Floats>
SPECTRADB_INLINE float sum_of(Floats* sums) {
  constexpr size_t kWidth = sizeof(Floats) / sizeof(float);
  for (size_t left = kSums / 2; left >= kSumsAtEnd; left /= 2)
    for (size_t i = 0; i < left / kWidth; ++i) sums[i] += sums[i + left / kWidth];
  float last[kSumsAtEnd];
  std::memcpy(last, sums, sizeof last);
  return ((last[0] + last[4]) + (last[2] + last[6])) + ((last[1] + last[5]) + (last[3] + last[7]));
}

struct Products {
  template <typename Type>
  SPECTRADB_INLINE static void add(Type& sum, const Type& a, const Type& b) {
    sum += a * b;
  }
};

struct SquaresOfDifferences {
  template <typename Type>
  SPECTRADB_INLINE static void add(Type& sum, const Type& a, const Type& b) {
    const Type difference = a - b;
    sum += difference * difference;
  }
};

template <typename Floats, typename Term>
SPECTRADB_INLINE void add_terms(Floats* sums, const char* a, const char* b) {
#pragma GCC unroll 8
  for (size_t i = 0; i < kSums * sizeof(float) / sizeof(Floats); ++i) {
    Floats x;
    Floats y;
    std::memcpy(&x, a + i * sizeof x, sizeof x);
    std::memcpy(&y, b + i * sizeof y, sizeof y);
    Term::add(sums[i], x, y);
  }
}

template <typename Floats, typename Term>
SPECTRADB_INLINE float summed(const char* a, const char* b, size_t dimensions) {
  Floats sums[kSums * sizeof(float) / sizeof(Floats)] = {};
  size_t at = 0;
  for (; at + kSums <= dimensions; at += kSums)
    add_terms<Floats, Term>(sums, a + at * sizeof(float), b + at * sizeof(float));
  if (at < dimensions) {  // the rest is padded with zeros
    char x[kSums * sizeof(float)] = {};
    char y[kSums * sizeof(float)] = {};
    std::memcpy(x, a + at * sizeof(float), (dimensions - at) * sizeof(float));
    std::memcpy(y, b + at * sizeof(float), (dimensions - at) * sizeof(float));
    add_terms<Floats, Term>(sums, x, y);
  }
  return sum_of(sums);
}

using Bytes8 = int8_t __attribute__((vector_size(8)));
using Shorts8 = int16_t __attribute__((vector_size(16)));
using Ints4 = int32_t __attribute__((vector_size(16)));

SPECTRADB_INLINE int32_t int8_products_of_rest(const char* a, const char* b, size_t dimensions) {
  int32_t sum = 0;
  for (size_t i = 0; i < dimensions; ++i)
    sum += static_cast<int16_t>(static_cast<int8_t>(a[i])) * static_cast<int16_t>(static_cast<int8_t>(b[i]));
  return sum;
}

// Each product fits into 16 bits. Two of them are in each 32-bit lane, and shifts take them apart.
SPECTRADB_INLINE int32_t int8_products(const char* a, const char* b, size_t dimensions) {
  constexpr int kHalf = 16;
  Ints4 sums = {};
  size_t at = 0;
  for (; at + sizeof(Bytes8) <= dimensions; at += sizeof(Bytes8)) {
    Bytes8 x;
    Bytes8 y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    const Shorts8 products = __builtin_convertvector(x, Shorts8) * __builtin_convertvector(y, Shorts8);
    Ints4 pairs;
    std::memcpy(&pairs, &products, sizeof pairs);
    sums += (pairs >> kHalf) + ((pairs << kHalf) >> kHalf);
  }
  int32_t sum = int8_products_of_rest(a + at, b + at, dimensions - at);
  for (size_t i = 0; i < sizeof(Ints4) / sizeof(int32_t); ++i) sum += sums[i];
  return sum;
}

constexpr int kLowNibble = 15;
constexpr int kNibbleBits = 4;

SPECTRADB_INLINE int32_t nibble_products_of_rest(const char* int8, const char* nibbles, size_t dimensions) {
  const size_t low = (dimensions + 1) / 2;
  int32_t sum = 0;
  for (size_t i = 0; i < dimensions; ++i) {
    const auto byte = static_cast<unsigned char>(nibbles[i < low ? i : i - low]);
    sum += int32_t{static_cast<int8_t>(int8[i])} * (i < low ? byte & kLowNibble : byte >> kNibbleBits);
  }
  return sum;
}

// The sum of two products fits into 16 bits.
SPECTRADB_INLINE int32_t nibble_products(const char* int8, const char* nibbles, size_t dimensions) {
  using UnsignedBytes8 = uint8_t __attribute__((vector_size(8)));
  constexpr int kHalf = 16;
  constexpr size_t kHalfGroup = kNibbleGroup / 2;
  Ints4 sums = {};
  size_t at = 0;
  for (; at + kNibbleGroup <= dimensions; at += kNibbleGroup, nibbles += kHalfGroup) {
    for (size_t i = 0; i < kHalfGroup; i += sizeof(Bytes8)) {
      Bytes8 x;
      Bytes8 y;
      UnsignedBytes8 both;
      std::memcpy(&x, int8 + at + i, sizeof x);
      std::memcpy(&y, int8 + at + kHalfGroup + i, sizeof y);
      std::memcpy(&both, nibbles + i, sizeof both);
      const Shorts8 wide = __builtin_convertvector(both, Shorts8);
      const Shorts8 products = __builtin_convertvector(x, Shorts8) * (wide & kLowNibble) +
                               __builtin_convertvector(y, Shorts8) * (wide >> kNibbleBits);
      Ints4 pairs;
      std::memcpy(&pairs, &products, sizeof pairs);
      sums += (pairs >> kHalf) + ((pairs << kHalf) >> kHalf);
    }
  }
  int32_t sum = nibble_products_of_rest(int8 + at, nibbles, dimensions - at);
  for (size_t i = 0; i < sizeof(Ints4) / sizeof(int32_t); ++i) sum += sums[i];
  return sum;
}

SPECTRADB_INLINE uint64_t bit_differences(const char* a, const char* b, size_t bytes) {
  uint64_t sum = 0;
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= bytes; at += sizeof(uint64_t)) {
    uint64_t x;
    uint64_t y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    sum += static_cast<uint64_t>(std::popcount(x ^ y));
  }
  for (; at < bytes; ++at)
    sum += static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(a[at] ^ b[at])));
  return sum;
}

float dot_any(const char* a, const char* b, size_t d) { return summed<Floats16, Products>(a, b, d); }
float squares_any(const char* a, const char* b, size_t d) {
  return summed<Floats16, SquaresOfDifferences>(a, b, d);
}
int32_t dot_int8_any(const char* a, const char* b, size_t d) { return int8_products(a, b, d); }
int32_t dot_nibbles_any(const char* a, const char* b, size_t d) { return nibble_products(a, b, d); }
uint64_t differing_bits_any(const char* a, const char* b, size_t n) { return bit_differences(a, b, n); }

#if defined(__x86_64__)
SPECTRADB_AVX2 float dot_avx2(const char* a, const char* b, size_t d) {
  return summed<Floats32, Products>(a, b, d);
}
SPECTRADB_AVX2 float squares_avx2(const char* a, const char* b, size_t d) {
  return summed<Floats32, SquaresOfDifferences>(a, b, d);
}
SPECTRADB_AVX2 int32_t sum_of_ints(__m256i sums) {
  int32_t parts[sizeof sums / sizeof(int32_t)];
  std::memcpy(parts, &sums, sizeof parts);
  int32_t sum = 0;
  for (const int32_t part : parts) sum += part;
  return sum;
}
SPECTRADB_AVX2 int32_t dot_int8_avx2(const char* a, const char* b, size_t d) {
  __m256i sums = _mm256_setzero_si256();
  size_t at = 0;
  for (; at + sizeof(__m128i) <= d; at += sizeof(__m128i)) {
    __m128i x;
    __m128i y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_cvtepi8_epi16(x), _mm256_cvtepi8_epi16(y)));
  }
  return sum_of_ints(sums) + int8_products_of_rest(a + at, b + at, d - at);
}
SPECTRADB_AVX2 int32_t dot_nibbles_avx2(const char* int8, const char* nibbles, size_t d) {
  const __m256i low = _mm256_set1_epi8(kLowNibble);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  size_t at = 0;
  for (; at + kNibbleGroup <= d; at += kNibbleGroup, nibbles += sizeof sums) {
    __m256i x;
    __m256i y;
    __m256i both;
    std::memcpy(&x, int8 + at, sizeof x);
    std::memcpy(&y, int8 + at + sizeof x, sizeof y);
    std::memcpy(&both, nibbles, sizeof both);
    const __m256i first = _mm256_maddubs_epi16(_mm256_and_si256(both, low), x);
    const __m256i second =
        _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(both, kNibbleBits), low), y);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_add_epi16(first, second), ones));
  }
  return sum_of_ints(sums) + nibble_products_of_rest(int8 + at, nibbles, d - at);
}
SPECTRADB_AVX2 uint64_t differing_bits_avx2(const char* a, const char* b, size_t n) {
  return bit_differences(a, b, n);
}

// The instruction multiplies unsigned bytes by signed ones. So 128 is added to each element of a, and 128
// times the sum of b is subtracted again. The numbers are integers, so the sum equals that of the other
// variants.
SPECTRADB_VNNI int32_t dot_int8_vnni(const char* a, const char* b, size_t d) {
  const __m256i high_bit = _mm256_set1_epi8(static_cast<char>(-128));
  __m256i products = _mm256_setzero_si256();
  __m256i excess = _mm256_setzero_si256();
  size_t at = 0;
  for (; at + sizeof(__m256i) <= d; at += sizeof(__m256i)) {
    __m256i x;
    __m256i y;
    std::memcpy(&x, a + at, sizeof x);
    std::memcpy(&y, b + at, sizeof y);
    products = _mm256_dpbusd_epi32(products, _mm256_xor_si256(x, high_bit), y);
    excess = _mm256_dpbusd_epi32(excess, high_bit, y);
  }
  return sum_of_ints(_mm256_sub_epi32(products, excess)) + int8_products_of_rest(a + at, b + at, d - at);
}
SPECTRADB_VNNI int32_t dot_nibbles_vnni(const char* int8, const char* nibbles, size_t d) {
  const __m256i low = _mm256_set1_epi8(kLowNibble);
  __m256i first = _mm256_setzero_si256();
  __m256i second = _mm256_setzero_si256();
  size_t at = 0;
  for (; at + kNibbleGroup <= d; at += kNibbleGroup, nibbles += sizeof first) {
    __m256i x;
    __m256i y;
    __m256i both;
    std::memcpy(&x, int8 + at, sizeof x);
    std::memcpy(&y, int8 + at + sizeof x, sizeof y);
    std::memcpy(&both, nibbles, sizeof both);
    first = _mm256_dpbusd_epi32(first, _mm256_and_si256(both, low), x);
    second = _mm256_dpbusd_epi32(second, _mm256_and_si256(_mm256_srli_epi16(both, kNibbleBits), low), y);
  }
  return sum_of_ints(_mm256_add_epi32(first, second)) + nibble_products_of_rest(int8 + at, nibbles, d - at);
}
#endif

#if defined(__aarch64__) && defined(__linux__)
SPECTRADB_INLINE int8x16_t load_int8(const char* from) {
  return vld1q_s8(reinterpret_cast<const int8_t*>(from));
}
SPECTRADB_INLINE int8x16_t low_nibbles(int8x16_t both) { return vandq_s8(both, vdupq_n_s8(kLowNibble)); }
SPECTRADB_INLINE int8x16_t high_nibbles(int8x16_t both) {
  return vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(both), kNibbleBits));
}

int32_t dot_int8_neon(const char* a, const char* b, size_t d) {
  int32x4_t sums = vdupq_n_s32(0);
  size_t at = 0;
  for (; at + sizeof(int8x16_t) <= d; at += sizeof(int8x16_t)) {
    const int8x16_t x = load_int8(a + at);
    const int8x16_t y = load_int8(b + at);
    sums = vpadalq_s16(sums, vmull_s8(vget_low_s8(x), vget_low_s8(y)));
    sums = vpadalq_s16(sums, vmull_high_s8(x, y));
  }
  return vaddvq_s32(sums) + int8_products_of_rest(a + at, b + at, d - at);
}
// Four products of an int8 and a nibble fit into 16 bits.
int32_t dot_nibbles_neon(const char* int8, const char* nibbles, size_t d) {
  constexpr size_t kHalfGroup = kNibbleGroup / 2;
  int32x4_t sums = vdupq_n_s32(0);
  size_t at = 0;
  for (; at + kNibbleGroup <= d; at += kNibbleGroup, nibbles += kHalfGroup) {
    for (size_t i = 0; i < kHalfGroup; i += sizeof(int8x16_t)) {
      const int8x16_t both = load_int8(nibbles + i);
      const int8x16_t low = low_nibbles(both);
      const int8x16_t high = high_nibbles(both);
      const int8x16_t x = load_int8(int8 + at + i);
      const int8x16_t y = load_int8(int8 + at + kHalfGroup + i);
      int16x8_t products = vmull_s8(vget_low_s8(x), vget_low_s8(low));
      products = vmlal_high_s8(products, x, low);
      products = vmlal_s8(products, vget_low_s8(y), vget_low_s8(high));
      sums = vpadalq_s16(sums, vmlal_high_s8(products, y, high));
    }
  }
  return vaddvq_s32(sums) + nibble_products_of_rest(int8 + at, nibbles, d - at);
}
SPECTRADB_DOTPROD int32_t dot_int8_dotprod(const char* a, const char* b, size_t d) {
  int32x4_t sums = vdupq_n_s32(0);
  size_t at = 0;
  for (; at + sizeof(int8x16_t) <= d; at += sizeof(int8x16_t))
    sums = vdotq_s32(sums, load_int8(a + at), load_int8(b + at));
  return vaddvq_s32(sums) + int8_products_of_rest(a + at, b + at, d - at);
}
SPECTRADB_DOTPROD int32_t dot_nibbles_dotprod(const char* int8, const char* nibbles, size_t d) {
  constexpr size_t kHalfGroup = kNibbleGroup / 2;
  int32x4_t first = vdupq_n_s32(0);
  int32x4_t second = vdupq_n_s32(0);
  size_t at = 0;
  for (; at + kNibbleGroup <= d; at += kNibbleGroup, nibbles += kHalfGroup) {
    for (size_t i = 0; i < kHalfGroup; i += sizeof(int8x16_t)) {
      const int8x16_t both = load_int8(nibbles + i);
      first = vdotq_s32(first, load_int8(int8 + at + i), low_nibbles(both));
      second = vdotq_s32(second, load_int8(int8 + at + kHalfGroup + i), high_nibbles(both));
    }
  }
  return vaddvq_s32(vaddq_s32(first, second)) + nibble_products_of_rest(int8 + at, nibbles, d - at);
}
#endif

constexpr VectorKernels kKernels[] = {
    {"any", dot_any, squares_any, dot_int8_any, dot_nibbles_any, differing_bits_any},
#if defined(__x86_64__)
    {"avx2", dot_avx2, squares_avx2, dot_int8_avx2, dot_nibbles_avx2, differing_bits_avx2},
    {"vnni", dot_avx2, squares_avx2, dot_int8_vnni, dot_nibbles_vnni, differing_bits_avx2},
#elif defined(__aarch64__) && defined(__linux__)
    {"neon", dot_any, squares_any, dot_int8_neon, dot_nibbles_neon, differing_bits_any},
    {"dotprod", dot_any, squares_any, dot_int8_dotprod, dot_nibbles_dotprod, differing_bits_any},
#endif
};

size_t count_runnable() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("popcnt")) return 1;
  if (!__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512vnni")) return 2;
#elif defined(__aarch64__) && defined(__linux__)
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) == 0) return 2;
#endif
  return std::size(kKernels);
}

}  // namespace

std::span<const VectorKernels> runnable_kernels() {
  static const size_t count = count_runnable();
  return {kKernels, count};
}

const VectorKernels& fastest_kernels() {
  static const VectorKernels& chosen = [&]() -> const VectorKernels& {
    const char* const name = std::getenv("SPECTRADB_TEST_VECTOR_KERNELS");
    for (const VectorKernels& kernels : runnable_kernels())
      if (name != nullptr && std::string_view(name) == kernels.name) return kernels;
    return runnable_kernels().back();
  }();
  return chosen;
}

}  // namespace spectradb::extension

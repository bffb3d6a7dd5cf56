// Checks that all variants of the sums that this processor can run give the same bits, and that distances
// agree with those computed in double within what docs/vectors.md promises.
//
//   vector_kernels [--seed=N | --list]
//
// Prints the seed; on a difference it says which, and ends with status 1. With --list it prints the variants.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "extension/facets/vector/distance.h"
#include "extension/facets/vector/kernels.h"
#include "tests/vector_oracle.h"

namespace spectradb::extension {
namespace {

[[noreturn]] void differ(const std::string& what, size_t dimensions, double got, double wanted) {
  std::printf("%s of %zu dimensions: %.17g, and %.17g was to be\n", what.c_str(), dimensions, got, wanted);
  std::exit(1);
}

// Holds bytes at an address that is not aligned.
struct Unaligned {
  explicit Unaligned(const void* from, size_t size) : bytes(size + 1) {
    std::memcpy(bytes.data() + 1, from, size);
  }
  const char* data() const { return bytes.data() + 1; }
  std::vector<char> bytes;
};

void compare_variants(const std::vector<float>& a, const std::vector<float>& b) {
  const size_t dimensions = a.size();
  const Unaligned x(a.data(), dimensions * sizeof(float));
  const Unaligned y(b.data(), dimensions * sizeof(float));
  const VectorKernels& first = runnable_kernels().front();
  for (const VectorKernels& kernels : runnable_kernels()) {
    const auto same = [&](float got, float wanted, const char* what) {
      if (std::bit_cast<uint32_t>(got) != std::bit_cast<uint32_t>(wanted))
        differ(std::string(kernels.name) + " " + what, dimensions, got, wanted);
    };
    same(kernels.dot(x.data(), y.data(), dimensions), first.dot(x.data(), y.data(), dimensions), "dot");
    same(kernels.squares(x.data(), y.data(), dimensions), first.squares(x.data(), y.data(), dimensions),
         "squares");
    // Takes the same bytes as int8 and as bits, and compares with plain loops.
    int64_t products = 0;
    int64_t nibble_products = 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < dimensions; ++i) {
      products += int64_t{static_cast<int8_t>(x.data()[i])} * static_cast<int8_t>(y.data()[i]);
      const size_t group = i / kNibbleGroup * kNibbleGroup;
      const size_t low = (std::min(kNibbleGroup, dimensions - group) + 1) / 2;
      const bool is_low = i - group < low;
      const auto both = static_cast<unsigned char>(y.data()[group / 2 + (i - group) - (is_low ? 0 : low)]);
      nibble_products += int64_t{static_cast<int8_t>(x.data()[i])} * (is_low ? both & 15 : both >> 4);
      bits += static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(x.data()[i] ^ y.data()[i])));
    }
    const int32_t int8 = kernels.dot_int8(x.data(), y.data(), dimensions);
    if (int8 != products)
      differ(std::string(kernels.name) + " int8", dimensions, int8, static_cast<double>(products));
    const int32_t nibbles = kernels.dot_nibbles(x.data(), y.data(), dimensions);
    if (nibbles != nibble_products)
      differ(std::string(kernels.name) + " nibbles", dimensions, nibbles,
             static_cast<double>(nibble_products));
    const uint64_t differing = kernels.differing_bits(x.data(), y.data(), dimensions);
    if (differing != bits)
      differ(std::string(kernels.name) + " bits", dimensions, static_cast<double>(differing),
             static_cast<double>(bits));
  }
}

void compare_distances(const std::vector<float>& a, const std::vector<float>& b) {
  const tests::VectorSums sums = tests::sums_in_double(a, b);
  const double lengths = std::sqrt(sums.aa) * std::sqrt(sums.bb);
  const auto near = [&](Metric metric, double wanted, double bound, const char* what) {
    const Result<double> got = distance(VectorView::of(a), VectorView::of(b), metric);
    if (!got || std::fabs(*got - wanted) > bound) differ(what, a.size(), got ? *got : NAN, wanted);
  };
  constexpr double kBound = 1e-6;
  near(Metric::kCosine, sums.aa == 0 || sums.bb == 0 ? 1 : 1 - sums.ab / lengths, kBound, "cosine");
  near(Metric::kL2, std::sqrt(sums.squares), kBound * std::sqrt(sums.squares), "l2");
  near(Metric::kDot, -sums.ab, kBound * lengths, "dot");
}

// The bits are the same on all machines: these are known.
void check_known_bits() {
  constexpr size_t kDimensions = 1001;
  constexpr uint32_t kDot = 0xc01b470c;
  constexpr uint32_t kSquares = 0x432e21b8;
  std::vector<float> a;
  std::vector<float> b;
  uint32_t state = 1;
  const auto next = [&state] {
    state = state * 1664525U + 1013904223U;
    return static_cast<float>(state) * 0x1p-32F - 0.5F;
  };
  for (size_t i = 0; i < kDimensions; ++i) {
    a.push_back(next());
    b.push_back(next());
  }
  const char* const x = VectorView::of(a).elements;
  const char* const y = VectorView::of(b).elements;
  for (const VectorKernels& kernels : runnable_kernels()) {
    const auto dot = std::bit_cast<uint32_t>(kernels.dot(x, y, kDimensions));
    const auto squares = std::bit_cast<uint32_t>(kernels.squares(x, y, kDimensions));
    if (dot != kDot || squares != kSquares) {
      std::printf("%s: the sums have the bits 0x%08x and 0x%08x\n", kernels.name, dot, squares);
      std::exit(1);
    }
  }
}

void run(uint64_t seed) {
  std::printf("seed %llu, %zu variants\n", static_cast<unsigned long long>(seed), runnable_kernels().size());
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (size_t round = 0; round < 3000; ++round) {
    const size_t dimensions = round < 200 ? round + 1 : 1 + random() % 2000;
    // Some vectors have elements of any magnitude that float32 has.
    const float size = round % 3 == 0 ? std::ldexp(1.0F, static_cast<int>(random() % 160) - 80) : 1.0F;
    std::vector<float> a(dimensions);
    std::vector<float> b(dimensions);
    for (size_t i = 0; i < dimensions; ++i) {
      a[i] = random() % 8 == 0 ? 0.0F : normal(random) * size;
      b[i] = round % 5 == 0 ? a[i] * (1 + normal(random) * 1e-4F) : normal(random) * size;
    }
    compare_variants(a, b);
    compare_distances(a, b);
  }
  // These are the largest sums of int8, and of nibbles.
  const std::vector<char> least(kMostDimensions, static_cast<char>(-128));
  for (const VectorKernels& kernels : runnable_kernels())
    if (kernels.dot_int8(least.data(), least.data(), kMostDimensions) != 1 << 30)
      differ(std::string(kernels.name) + " int8", kMostDimensions, 0, 1 << 30);
  const std::vector<char> full(kMostDimensions / 2, static_cast<char>(-1));
  constexpr int32_t kLeastProduct = -128 * 15;
  for (const VectorKernels& kernels : runnable_kernels())
    if (kernels.dot_nibbles(least.data(), full.data(), kMostDimensions) !=
        kLeastProduct * static_cast<int32_t>(kMostDimensions))
      differ(std::string(kernels.name) + " nibbles", kMostDimensions, 0, kLeastProduct);
}

}  // namespace
}  // namespace spectradb::extension

int main(int argc, char** argv) {
  uint64_t seed = 1;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--list") != 0) continue;
    for (const auto& kernels : spectradb::extension::runnable_kernels()) std::printf("%s\n", kernels.name);
    return 0;
  }
  for (int i = 1; i < argc; ++i)
    if (std::strncmp(argv[i], "--seed=", 7) == 0) seed = std::strtoull(argv[i] + 7, nullptr, 10);
  spectradb::extension::check_known_bits();
  spectradb::extension::run(seed);
}

// By its code a vector comes into the list into which it comes by its elements, whatever the kind of code, the number
// of dimensions and the size of the elements: also where centroids are alike, and where float32 does not hold sums.
#include "extension/facets/vector/list_tree.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "base/random_seed.h"

namespace spectradb::extension {
namespace {

std::vector<float> deviates(std::mt19937_64& random, size_t count, float spread) {
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> floats(count);
  for (float& number : floats) number = normal(random);
  return floats;
}

TEST_CASE("a code tells the same list as the vector that is decoded from it") {
  SPECTRADB_SHOW_SEED();
  std::mt19937_64 random(random_seed());
  size_t with_children = 0;
  for (const size_t dimensions : {size_t{2}, size_t{64}, size_t{65}, size_t{384}}) {
    for (const CodeKind kind : {CodeKind::kInt8, CodeKind::kInt4}) {
      for (const CentroidBytes bytes : {CentroidBytes::kInt8, CentroidBytes::kFloat32}) {
        for (const float spread : {1e-25F, 1e-22F, 1e-3F, 1.0F, 1e15F, 1e18F}) {
          ListTree tree(dimensions, "p", bytes);
          std::vector<float> centroids = deviates(random, 40 * dimensions, spread);
          // The last of them are the first ones again, or nearly so.
          std::copy_n(centroids.begin(), 10 * dimensions,
                      centroids.end() - static_cast<long>(10 * dimensions));
          for (size_t i = 0; i < 5 * dimensions; ++i) centroids[centroids.size() - 1 - i] *= 1.0001F;
          const int64_t first = tree.split(ListTree::kRoot, centroids);
          tree.split(first, deviates(random, 12 * dimensions, spread));
          tree.split(first + 1, deviates(random, 3 * dimensions, spread));
          for (int i = 0; i < 60; ++i) {
            std::vector<float> floats = deviates(random, dimensions, spread);
            if (i % 2 == 0) {  // beside a centroid, and some of them between two
              for (size_t at = 0; at < dimensions; ++at)
                floats[at] = floats[at] / 50 +
                             centroids[static_cast<size_t>(i / 2) * dimensions + at] / (i % 4 == 0 ? 1 : 2);
            }
            const std::string code = encode_code(floats, kind);
            const Result<CodeView> view = read_code(code, dimensions, kind);
            REQUIRE(view);
            decode(*view, floats);
            const int64_t list = tree.list_of(floats.data());
            CHECK(tree.list_of(*view, floats.data()) == list);
            with_children += list > 40 ? 1 : 0;
          }
        }
      }
    }
  }
  CHECK(with_children > 20);  // lists below others were met
}

}  // namespace
}  // namespace spectradb::extension

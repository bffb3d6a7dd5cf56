#include "lsm/base/key_order.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace spectradb::lsm {

TEST_CASE("keys are compared as memcmp and their lengths do") {
  std::mt19937_64 random(1);
  const auto sign = [](int order) { return order < 0 ? -1 : order > 0 ? 1 : 0; };
  for (int round = 0; round < 200'000; ++round) {
    std::string a(random() % 40, '\0');
    for (char& c : a) c = static_cast<char>(random() % 2 == 0 ? 'a' : random());
    std::string b = a;
    b.resize(random() % 3 == 0 ? random() % 40 : b.size(), 'a');
    if (!b.empty() && random() % 2 == 0) b[random() % b.size()] = static_cast<char>(random());
    REQUIRE(sign(compare_keys(a, b)) == sign(std::string_view(a).compare(b)));
    REQUIRE(sign(compare_keys(b, a)) == -sign(compare_keys(a, b)));
    REQUIRE(are_equal_keys(a, b) == (a == b));
  }
}

}  // namespace spectradb::lsm

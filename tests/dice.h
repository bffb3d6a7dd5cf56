// Draws what a randomized test does next from the random numbers of its seed.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>

namespace spectradb::tests {

class Dice {
 public:
  explicit Dice(std::mt19937_64& random) : random_(random) {}

  template <std::integral Number>
  int below(Number bound) {
    return static_cast<int>(random_() % static_cast<uint64_t>(bound));
  }
  bool chance(int percent) { return below(100) < percent; }
  template <typename List>
  auto any(const List& list) -> decltype(list[0]) {
    return list[static_cast<size_t>(below(std::size(list)))];
  }
  std::mt19937_64& random() { return random_; }

 private:
  std::mt19937_64& random_;
};

}  // namespace spectradb::tests

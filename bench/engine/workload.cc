#include "bench/engine/workload.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

namespace spectradb::bench {

uint64_t scrambled(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

std::string key_of(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "key-%012llu", static_cast<unsigned long long>(number));
  return text;
}

void make_document(uint64_t number, uint64_t version, std::string& out) {
  static constexpr const char* kCities[] = {"Aarhus",  "Berlin",  "Cordoba", "Dakar",
                                            "Esbjerg", "Fukuoka", "Graz",    "Hobart"};
  const uint64_t random = scrambled(number * 1000 + version);
  char text[160];
  const int size = std::snprintf(
      text, sizeof text,
      R"({"id":%llu,"type":"account","city":"%s","balance":%llu,"status":"%s","note":"%08llx","version":%llu})",
      static_cast<unsigned long long>(number), kCities[random % 8],
      static_cast<unsigned long long>(random >> 40), random % 3 == 0 ? "open" : "settled",
      static_cast<unsigned long long>(scrambled(random) >> 32), static_cast<unsigned long long>(version));
  out.assign(text, static_cast<size_t>(size));
}

std::vector<uint32_t> shuffled(uint64_t count, uint64_t seed) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
  return order;
}

}  // namespace spectradb::bench

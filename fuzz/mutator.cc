// Runs a target without libFuzzer, with any compiler, on its first inputs and on random changes of them.
//
//   fuzz_<name> [--inputs=N]      SPECTRADB_SEED repeats a run
#include <cstdio>
#include <cstdlib>
#include <random>

#include "fuzz/target.h"

namespace {

using spectradb::fuzz::feed;

constexpr uint64_t kInputs = 20'000;
constexpr unsigned kMaxChanges = 6;

std::string changed(const std::vector<std::string>& seeds, std::mt19937_64& random) {
  std::string input = seeds[random() % seeds.size()];
  for (unsigned change = 1 + static_cast<unsigned>(random() % kMaxChanges); change > 0; --change) {
    const size_t at = input.empty() ? 0 : random() % input.size();
    const size_t length = 1 + random() % 16;
    switch (random() % 7) {
      case 0:
        if (!input.empty()) input[at] = static_cast<char>(input[at] ^ (1 << random() % 8));
        break;
      case 1:
        if (!input.empty()) input[at] = static_cast<char>(random());
        break;
      case 2:
        if (!input.empty()) input[at] = static_cast<char>(random() % 2 == 0 ? 0 : 0xff);
        break;
      case 3:
        input.erase(at, length);
        break;
      case 4:
        input.insert(at, input.substr(input.empty() ? 0 : random() % input.size(), length));
        break;
      case 5: {
        const std::string& other = seeds[random() % seeds.size()];
        if (!other.empty()) input.insert(at, other.substr(random() % other.size(), length * 4));
        break;
      }
      default:
        input.insert(at, length, static_cast<char>(random()));
        break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kOption = "--inputs=";
  uint64_t inputs = kInputs;
  for (int index = 1; index < argc; ++index) {
    const std::string_view argument = argv[index];
    if (argument.starts_with(kOption)) inputs = std::strtoull(argv[index] + kOption.size(), nullptr, 10);
  }
  const char* given = std::getenv("SPECTRADB_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::fprintf(stderr, "SPECTRADB_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> seeds = spectradb::fuzz::seeds();
  for (const std::string& input : seeds) feed(input);
  for (uint64_t input = 0; input < inputs; ++input) feed(changed(seeds, random));
  std::fprintf(stderr, "%llu inputs from %zu seeds\n", static_cast<unsigned long long>(inputs), seeds.size());
  return 0;
}

// Makes dictionaries of zstd, and uses them, with each allocation failing in its turn: zstd itself reads through a null
// pointer in places. A shortage is std::bad_alloc or no dictionary, and afterwards everything works as before.
//
//   dictionary_memory
#include <cstdio>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/table/compression.h"
#include "tests/allocations.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr size_t kBlockBytes = 4096;
constexpr int kLevel = 3;

// Returns how many allocations failed, one a round.
uint64_t repeat(const std::function<void()>& attempt) {
  for (uint64_t number = 1;; ++number) {
    fail_allocation(number, Failing::kOnce, Threads::kThis);
    try {
      attempt();
    } catch (const std::bad_alloc&) {  // what the store makes an error of
    }
    if (stop_failing() == 0) return number - 1;
  }
}

class Shortage {
 public:
  Shortage() {
    for (int row = 0; samples_.size() < 64 * kBlockBytes; ++row)
      samples_ += "customer " + std::to_string(row * 7919 % 1000) + " measures as every week; ";
    for (size_t at = 0; at + kBlockBytes <= samples_.size(); at += kBlockBytes)
      blocks_.push_back(std::string_view(samples_).substr(at, kBlockBytes));
    dictionary_ = lsm::make_dictionary(blocks_, kBlockBytes, kLevel);
    if (dictionary_.empty()) fail("these blocks yield no dictionary");
  }

  void run() {
    const uint64_t made = repeat([this] { (void)lsm::make_dictionary(blocks_, kBlockBytes, kLevel); });
    if (lsm::make_dictionary(blocks_, kBlockBytes, kLevel) != dictionary_) fail("another dictionary is made");
    const uint64_t used = repeat([this] {
      lsm::Compressor compressor(kLevel);
      compressor.use_dictionary(dictionary_);
      std::string compressed;
      if (compressor.compress(blocks_[1], &compressed)) expect_uncompressed(compressed);
      compressor.use_dictionary({});
    });
    lsm::Compressor compressor(kLevel);
    compressor.use_dictionary(dictionary_);
    std::string compressed;
    if (!compressor.compress(blocks_[1], &compressed)) fail("a block is not compressed");
    expect_uncompressed(compressed);
    if (made < 4 || used < 6) fail("so few allocations failed");
    std::printf("%llu allocations failed\n", static_cast<unsigned long long>(made + used));
  }

 private:
  void expect_uncompressed(const std::string& compressed) {
    const auto dictionary = lsm::Dictionary::load(dictionary_);
    if (dictionary == nullptr) fail("the dictionary is taken for damaged");
    std::string block(kBlockBytes, '\0');
    lsm::Decompressor decompressor;
    if (!decompressor.decompress(compressed, block.data(), block.size(), dictionary.get()) ||
        block != blocks_[1])
      fail("a block comes back as another one");
  }

  std::string samples_;
  std::vector<std::string_view> blocks_;
  std::string dictionary_;
};

}  // namespace
}  // namespace spectradb::tests

int main() {
  spectradb::tests::Shortage().run();
  return 0;
}

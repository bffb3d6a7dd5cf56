// A storage engine under measurement, which keeps documents and, where it can, every version of them. Its
// answers are sums that depend on every byte read, so that the engines' answers can be compared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/report.h"

namespace spectradb::bench {

struct Row {
  std::string_view key;
  std::string_view document;
};

struct ScanAnswer {
  uint64_t rows = 0;
  uint64_t sum = 0;
  bool operator==(const ScanAnswer&) const = default;
};

// Returns the sum of a document; it is never zero, which stands for "no such key".
inline uint64_t sum_of(std::string_view document) {
  uint64_t sum = document.size();
  for (size_t i = 0; i + 8 <= document.size(); i += 8) {
    uint64_t word = 0;
    __builtin_memcpy(&word, document.data() + i, sizeof word);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  }
  return sum | 1;
}

class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::string name() const = 0;
  virtual std::string settings() const = 0;  // shown with the results

  virtual std::string waits() const { return ""; }  // what commits waited for, if the engine tells

  // Every method ends the process with a message when the engine fails, because a figure without an answer
  // is worthless.
  virtual void write(uint64_t commit, const std::vector<Row>& rows) = 0;  // writes one batch without a sync
  virtual void settle() = 0;                                              // flushes and compacts everything
  virtual uint64_t latest(std::string_view key) = 0;
  virtual uint64_t as_of(std::string_view key, uint64_t commit) = 0;
  virtual ScanAnswer scan_latest() = 0;
  virtual ScanAnswer scan_as_of(uint64_t commit) = 0;
};

inline constexpr uint64_t kCacheBytes = 512u << 20;  // of every engine; holds all of the data
inline constexpr uint64_t kBufferBytes = 16u << 20;
inline constexpr int kBloomBitsPerKey = 10;

// Opens an engine in an empty directory. `keeps_history`: more than one version of a key will be written;
// an engine without versions of its own then puts the commit into its keys.
std::unique_ptr<Engine> open_spectra(const std::string& directory, bool keeps_history);
std::unique_ptr<Engine> open_leveldb(const std::string& directory, bool keeps_history);
std::unique_ptr<Engine> open_rocksdb(const std::string& directory, bool keeps_history);

}  // namespace spectradb::bench

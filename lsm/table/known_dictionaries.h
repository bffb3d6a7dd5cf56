// The dictionaries of files written lately, for the next ones. A file that reuses one need not make its
// own, and a reader of many files keeps one dictionary in the processor's caches instead of many: with its
// tables a dictionary takes some 30 KiB. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::lsm {

struct KnownDictionary {
  std::string bytes;  // empty: its blocks were best compressed without
  double ratio = 1;   // compressed to uncompressed bytes, measured on the file it was made for
  std::string key;    // the first key of the file that it was made for
  uint32_t block_bytes = 0;
  int compression_level = 0;
};

class KnownDictionaries {
 public:
  // Finds, among dictionaries for such blocks and such a level, the one whose file began nearest to the
  // key, since keys begin with their table. Null when there is none.
  std::shared_ptr<const KnownDictionary> nearest(uint32_t block_bytes, int compression_level,
                                                 std::string_view key) const;
  void add(KnownDictionary known);  // the oldest one is forgotten when there are many
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const KnownDictionary>> known_;  // the newest one last
};

}  // namespace spectradb::lsm

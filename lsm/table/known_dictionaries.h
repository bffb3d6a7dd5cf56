// The dictionaries of files written lately, for the next ones. A file that takes one need not make its own,
// and a reader of many files has one dictionary in the processor's caches where it would have many: with its
// tables it takes some 30 KiB. Any thread.
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
  double ratio = 1;   // of compressed to uncompressed bytes, where it was made
  std::string key;    // the first of the file that it was made for
  uint32_t block_bytes = 0;
  int compression_level = 0;
};

class KnownDictionaries {
 public:
  // Finds the dictionary for such blocks at such a level whose file began nearest to the key, since keys begin
  // with their table. Null: there is none.
  std::shared_ptr<const KnownDictionary> nearest(uint32_t block_bytes, int compression_level,
                                                 std::string_view key) const;
  void add(KnownDictionary known);  // the oldest one is forgotten when there are many

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const KnownDictionary>> known_;  // the newest one last
};

}  // namespace spectradb::lsm

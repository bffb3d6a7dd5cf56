// Computes BM25 as FTS5 does, with k1 = 1.2 and b = 0.75. A word that most rows have counts almost nothing,
// but never against a row. Ranks are negative, so that smaller is better.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spectradb::extension {

class Bm25 {
 public:
  // `rows_with_phrase` says for each phrase how many of the `rows` rows, with `words` words in all, have it.
  Bm25(uint64_t rows, uint64_t words, std::span<const uint64_t> rows_with_phrase);

  // Returns the rank of a row with so many words; `occurrences` counts each phrase, times the weights of the
  // columns.
  double rank(std::span<const double> occurrences, uint64_t words) const;

 private:
  double average_ = 0;
  std::vector<double> rarity_;  // of each phrase
};

}  // namespace spectradb::extension

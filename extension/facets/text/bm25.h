// BM25 as FTS5 computes it: k1 = 1.2, b = 0.75, and a word that most rows have counts next to nothing, but never against
// a row. Negative, so that smaller is better.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spectradb::extension {

class Bm25 {
 public:
  // Of `rows` rows with `words` words in all, so many have each phrase.
  Bm25(uint64_t rows, uint64_t words, std::span<const uint64_t> rows_with_phrase);

  // Of a row with so many words; `occurrences`: of each phrase, times the weights of the columns.
  double rank(std::span<const double> occurrences, uint64_t words) const;

 private:
  double average_ = 0;
  std::vector<double> rarity_;  // of each phrase
};

}  // namespace spectradb::extension

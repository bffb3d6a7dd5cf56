#include "extension/facets/text/bm25.h"

#include <cmath>

namespace spectradb::extension {

namespace {

constexpr double kSaturation = 1.2;    // k1
constexpr double kLengthShare = 0.75;  // b
constexpr double kLeastRarity = 1e-6;

}  // namespace

Bm25::Bm25(uint64_t rows, uint64_t words, std::span<const uint64_t> rows_with_phrase) {
  const auto all = static_cast<double>(rows);
  average_ = rows == 0 ? 0 : static_cast<double>(words) / all;
  for (const uint64_t count : rows_with_phrase) {
    const auto hits = static_cast<double>(count);
    const double rarity = std::log((all - hits + 0.5) / (hits + 0.5));
    rarity_.push_back(rarity <= 0 ? kLeastRarity : rarity);
  }
}

double Bm25::rank(std::span<const double> occurrences, uint64_t words) const {
  double score = 0;
  for (size_t i = 0; i < rarity_.size(); ++i) {
    const double length = 1 - kLengthShare + kLengthShare * static_cast<double>(words) / average_;
    score += rarity_[i] * (occurrences[i] * (kSaturation + 1) / (occurrences[i] + kSaturation * length));
  }
  return -score;
}

}  // namespace spectradb::extension

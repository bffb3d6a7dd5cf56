// The rows of a statement that says column MATCH value: all of them in order, or those of a search in waves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "extension/facet/ranking.h"

namespace spectradb::extension {

class Match;

// How far a row is from what a statement asks.
struct RankedMeasure {
  std::unique_ptr<RankedQuery> query;
  const RankedCall* call = nullptr;  // that orders; null for MATCH
  int column = 0;
  // Of a call, which measures nothing before it sees a row: what is wrong with its argument.
  Status failure;
  double of_null = RankedRow::kNullFirst;

  Result<double> distance(const temporal::Value& value) const;
};

class RankedScan {
 public:
  RankedMeasure measured;
  std::unique_ptr<RankedSearch> search;          // null: all rows are there
  std::shared_ptr<Match> match;                  // that has found them: distances are ranks
  const temporal::IndexSchema* index = nullptr;  // that ranks
  int column = 0;
  std::optional<uint64_t> count;         // _k: so many rows at most
  std::optional<std::string> partition;  // of the rows so far
  enum class Nulls : uint8_t { kNone, kFirst, kLast };
  Nulls nulls = Nulls::kNone;  // where rows of NULL come

  // Of all rows, the ones to come. The `count` nearest are kept, where there is one.
  void add(RankedRow row);
  void finish();
  // The next one, null at the end. Lives until the next call.
  Result<const RankedRow*> next(const RankedSearch::Measure& measure);
  double distance() const { return distance_; }
  // About how many rows the statement wants, for the first wave.
  void want(uint64_t rows);

 private:
  std::vector<RankedRow> rows_;
  size_t next_ = 0;  // of rows_
  uint64_t given_ = 0;
  uint64_t wave_ = kFirstWave;
  double distance_ = 0;

  static constexpr uint64_t kFirstWave = 20;
  static constexpr uint64_t kLargestWave = 4096;
};

}  // namespace spectradb::extension

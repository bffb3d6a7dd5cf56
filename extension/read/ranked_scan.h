// The rows of a statement with column MATCH value: all of them in order, or those of a search in waves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "extension/facet/ranking.h"

namespace spectradb::extension {

class Match;

// Measures how far a row is from what a statement asks for.
struct RankedMeasure {
  std::unique_ptr<RankedQuery> query;
  const RankedCall* call = nullptr;  // the ordering call; null for MATCH
  int column = 0;
  // What is wrong with a call's argument: it is reported when the first row is measured.
  Status failure;
  double of_null = RankedRow::kNullFirst;

  Result<double> distance(const temporal::Value& value) const;
};

class RankedScan {
 public:
  RankedMeasure measured;
  std::unique_ptr<RankedSearch> search;          // null: rows_ has all rows
  std::shared_ptr<Match> match;                  // has found the rows: distances are ranks
  const temporal::IndexSchema* index = nullptr;  // the index that ranks
  int column = 0;
  std::optional<uint64_t> count;         // _k: at most so many rows
  std::optional<std::string> partition;  // the partition of the rows so far
  enum class Nulls : uint8_t { kNone, kFirst, kLast };
  Nulls nulls = Nulls::kNone;  // where rows with NULL come

  // Adds a row to a scan of all rows. Only the `count` nearest are kept, where it is set.
  void add(RankedRow row);
  void finish();
  // Returns the next row, null at the end. Lives until the next call.
  Result<const RankedRow*> next(const RankedSearch::Measure& measure);
  double distance() const { return distance_; }
  // Tells about how many rows the statement wants, for the first wave.
  void want(uint64_t rows);

 private:
  void sort_more();

  std::vector<RankedRow> rows_;
  size_t next_ = 0;    // index into rows_
  size_t sorted_ = 0;  // so many rows are in order, and before all others
  uint64_t given_ = 0;
  uint64_t wave_ = kFirstWave;
  double distance_ = 0;

  static constexpr size_t kSortedFirst = 64;
  // SQLite 3.40 does not tell of a LIMIT beside MATCH. A wave that is too small costs a second one, a wave
  // that is too large measures rows that nobody wants.
  static constexpr uint64_t kFirstWave = 10;
  static constexpr uint64_t kLargestWave = 4096;
};

}  // namespace spectradb::extension

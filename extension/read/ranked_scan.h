// The rows of a statement with column MATCH value: all of them in order, or those of a search in waves.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "extension/facet/ranking.h"
#include "extension/read/kept_rows.h"

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
  // The partition that the statement names: of each column its encoded value, empty where none is named.
  std::vector<std::string> said;
  KeptRows kept;

  // Adds a row to a scan of all rows. Only the `count` nearest are kept, where it is set.
  void add(RankedRow row);
  void finish();
  void clear();  // takes back all rows that were added
  // Returns the next row, null at the end. Lives until the next call.
  Result<const RankedRow*> next(const RankedSearch::Measure& measure);
  double distance() const { return distance_; }
  // Tells about how many rows the statement wants, for the first wave.
  void want(uint64_t rows);
  // Whether the next rows cost less when all rows are read and ranked: the statement has taken so many that its
  // other conditions must reject nearly all. Then leave_search() returns the keys, in order, of those that it has, and the
  // others are to be added.
  bool is_search_over() const;
  std::vector<std::string> leave_search();

 private:
  // A row in the order of a scan. Rows themselves are not moved, since they are large.
  struct Place {
    double distance = 0;
    size_t row = 0;  // index into rows_
  };
  void sort_more();
  uint64_t most_searched() const;
  const RankedRow& row_at(size_t place) const {
    return order_.empty() ? rows_[place] : rows_[order_[place].row];
  }

  std::vector<RankedRow> rows_;
  std::vector<Place> order_;  // of rows_ that are not in order themselves
  size_t next_ = 0;           // of the rows in order
  size_t sorted_ = 0;         // so many are in order, and before all others
  uint64_t given_ = 0;
  uint64_t wave_ = kFirstWave;
  double distance_ = 0;
  std::vector<std::string> searched_;  // the keys of the search's rows that were given
  uint64_t waved_ = 0;                 // how many of these were in waves
  bool is_wave_ = false;               // rows_ are a wave

  static constexpr size_t kSortedFirst = 64;
  static constexpr size_t kSortedMore = 8;  // times as many each time
  // A row of a search is read by itself, which costs as much as so many rows that are read in order, and more where
  // they are not in memory. So a search that turns out to have been in vain adds a part to what all rows cost.
  // Few rows are searched whatever the table: a statement that just wants 200 has them sooner so.
  static constexpr uint64_t kRowsOfSearched = 96;
  static constexpr uint64_t kLeastSearched = 256;
  // SQLite 3.40 does not tell of a LIMIT beside MATCH. A wave that is too small costs a second one, a wave
  // that is too large measures rows that nobody wants.
  static constexpr uint64_t kFirstWave = 10;
  static constexpr uint64_t kLargestWave = 4096;
};

}  // namespace spectradb::extension

// Turns the constraints that a plan took into the ranges of encoded keys, or of index entries, that a scan
// reads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/read/plan.h"
#include "temporal/index_schema.h"
#include "temporal/schema.h"

namespace spectradb::extension {

struct KeyRange {
  std::string lower;
  std::string upper;      // exclusive; empty for a point
  bool is_point = false;  // exactly the key `lower`
};

// A cursor keeps it and rebuilds it for each xFilter; whole keys cost no allocation once warm.
class KeyRanges {
 public:
  explicit KeyRanges(const temporal::TableSchema& schema) : schema_(schema) {}

  // Builds ranges that are ascending and disjoint, or descending when the plan is. Without any range no row
  // can match. `index` is the plan's; null when it reads the table by its key. The ranges are then of its
  // entries.
  Status build(const Plan& plan, sqlite3_value** arguments, const temporal::IndexSchema* index = nullptr);
  const std::vector<KeyRange>& ranges() const { return ranges_; }
  // Whether a value could not be compared in key order, so that the ranges hold more than the plan asks for.
  bool are_widened() const { return are_widened_; }
  // Whether a key, its table's id included, lies in one of the ranges, which must ascend.
  bool admit(std::string_view key) const;
  // Returns how the i-th column of the key, or of the index's entries, is compared.
  temporal::IndexPart part(size_t i) const;
  size_t part_count() const;
  void set_points(std::vector<std::string> keys);
  // Reduces the ranges to those of `keys` (ascending) that lie inside them, in the ranges' order.
  void keep_only(std::vector<std::string> keys, bool descending);

 private:
  bool build_one(const Plan& plan, sqlite3_value** arguments);
  Status build_ranges(const Plan& plan, sqlite3_value** arguments);
  void add_bounded(const Plan& plan, sqlite3_value** arguments, const std::string& prefix);

  const temporal::TableSchema& schema_;
  const temporal::IndexSchema* index_ = nullptr;  // set while ranges are built
  std::vector<KeyRange> ranges_;
  bool are_widened_ = false;
  std::string scratch_;
};

}  // namespace spectradb::extension

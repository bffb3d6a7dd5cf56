// Defines indexes on vectors, and the keys of their entries (extension/facets/vector/list_tree.h).
//
//   CREATE INDEX emb_e ON emb (spectradb_vector_index(e, model, 'metric=cosine', 'effort=1.2'))
//
// The columns after the first one are its partition. Keys are
//
//   column* dimensions list row's key      behind the id of the index; column: of the partition
//
// A row of NULL is in list 0 of dimensions -1. An older index, whose definition does not say
// 'nulls=listed', has no such rows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "extension/facet/index_kind.h"
#include "extension/facets/vector/distance.h"
#include "extension/facets/vector/list_tree.h"
#include "extension/facets/vector/split_budget.h"
#include "extension/facets/vector/vector_code.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

// Says how far a search looks beyond the nearest rows that it knows. It skips a list when neither its
// centroid, nor the estimate for its entries, is nearer than this factor times the distance of the last
// wanted row, all distances squared. Without a value all rows are read.
using Effort = std::optional<double>;
inline constexpr double kDefaultEffort = 1.0;
Result<Effort> read_effort(const temporal::Value& value);

struct VectorOptions {
  Metric metric = Metric::kCosine;
  Effort effort = kDefaultEffort;
  // A list with more entries is split, but only once it is longer than there are lists: so both the number
  // of lists and their size grow with the square root of the number of rows.
  size_t list_size = 320;
  CodeKind code = CodeKind::kInt8;  // definitions from before there was int4 say none
  bool lists_nulls = false;
  CentroidBytes centroids = CentroidBytes::kFloat32;

  // In few dimensions half a byte an element tells too little, and saves little.
  CodeKind code_in(size_t dimensions) const {
    return dimensions < kLeastInt4Dimensions ? CodeKind::kInt8 : code;
  }
};

// Keeps the trees that were read so far. One thread at a time.
class KnownTrees {
 public:
  std::shared_ptr<const ListTree> find(uint64_t fingerprint) const;
  void keep(std::shared_ptr<const ListTree> tree);

 private:
  std::unordered_map<uint64_t, std::shared_ptr<const ListTree>> trees_;
};

class VectorEntries final : public temporal::EntryMaker {
 public:
  static constexpr int64_t kNoDimensions = -1;  // the dimensions of NULL

  VectorEntries(const VectorOptions& options, std::vector<temporal::IndexPart> partition);

  const VectorOptions& options() const { return options_; }
  KnownTrees& known_trees() { return known_; }

  const std::vector<temporal::IndexPart>& parts() const override { return parts_; }
  Status make(temporal::EntrySpace* space, std::span<const temporal::Value> values,
              std::vector<temporal::IndexEntry>* entries) override;
  Status wrote(temporal::EntrySpace& space, std::string_view key) override;
  bool learns() const override { return true; }
  Status learn(std::span<const temporal::Value> values) override;
  Status learned(temporal::EntrySpace& space) override;
  bool keeps_past() const override { return false; }

 private:
  struct Taught;
  // Says where a row belongs: the key before the number of its list, and its vector as the index stores it.
  struct Placed {
    std::string partition;
    std::string code;
    std::vector<float> floats;  // decoded from the code
  };
  Result<std::optional<Placed>> place(std::span<const temporal::Value> values) const;
  std::string place_of_null(std::span<const temporal::Value> values) const;
  Result<std::shared_ptr<const ListTree>> tree(temporal::EntrySpace& space, const std::string& partition,
                                               size_t dimensions);
  Status add_to_budget(std::string_view key);
  Status split(temporal::EntrySpace& space, const SplitBudget::List& long_list);
  Status grow(temporal::EntrySpace& space, const std::string& partition, ListTree& tree, int64_t list,
              std::span<const float> centroids);

  const VectorOptions options_;
  std::vector<temporal::IndexPart> parts_;
  KnownTrees known_;
  SplitBudget budget_;
  std::shared_ptr<Taught> taught_;  // exists while an index is built
};

// Appends the bytes of a number in a key.
void append_number(std::string& out, int64_t number);

extern const IndexKind kVectorIndex;
extern const Ranking kVectorRanking;

}  // namespace spectradb::extension

// Searches the lists of an index for the rows nearest to a vector, at one instant of both times. Used by the
// thread that uses the connection.
#pragma once

#include <memory>

#include "extension/facet/ranking.h"
#include "extension/facets/vector/distance.h"
#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_index.h"

namespace spectradb::extension {

// Holds a vector that a statement looks for.
class VectorQuery final : public RankedQuery {
 public:
  // Uses the index's metric; without an index, the one that spectradb_distance() defaults to.
  static Result<std::unique_ptr<RankedQuery>> make(const temporal::IndexSchema* index,
                                                   const temporal::Value& asked,
                                                   const temporal::Value& effort);

  // Uses the metric that a call names, or defaults to.
  static Result<std::unique_ptr<RankedQuery>> called(const RankedCall& call,
                                                     const temporal::IndexSchema* index,
                                                     const temporal::Value& asked,
                                                     const temporal::Value& effort);

  Result<double> distance(const temporal::Value& value) override;
  bool wants_all() const override { return !effort_; }

  const std::vector<float>& floats() const { return floats_; }  // of a query with an index
  Metric metric() const { return *metric_; }
  double effort() const { return *effort_; }
  VectorEntries& entries() const { return *entries_; }

 private:
  std::string asked_;  // the vector as a BLOB
  VectorView view_;
  std::vector<float> floats_;
  std::optional<Metric> metric_;
  Effort effort_;
  VectorEntries* entries_ = nullptr;
};

// These are the calls of spectradb_distance() and the like.
inline constexpr int kMetricOfArguments = -1;  // the metric that follows from the vectors' elements
inline constexpr RankedCall kDistanceCalls[] = {
    {{"spectradb_distance", ""}, kMetricOfArguments},
    {{"spectradb_distance", "cosine"}, static_cast<int>(Metric::kCosine)},
    {{"spectradb_distance", "l2"}, static_cast<int>(Metric::kL2)},
    {{"spectradb_distance_cosine", ""}, static_cast<int>(Metric::kCosine)},
    {{"spectradb_distance_l2", ""}, static_cast<int>(Metric::kL2)},
};
bool ranks_by_distance(const temporal::IndexSchema& index, const RankedCall& call);

Result<std::unique_ptr<RankedSearch>> search_vectors(RankedQuery& query, RankedSpace space);

}  // namespace spectradb::extension

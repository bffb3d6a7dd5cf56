// Looks for the rows nearest to a vector in the lists of an index, at one instant of both times. Used by the thread that
// uses the connection.
#pragma once

#include <memory>

#include "extension/facet/ranking.h"
#include "extension/facets/vector/distance.h"
#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_index.h"

namespace spectradb::extension {

// A vector that a statement looks for.
class VectorQuery final : public RankedQuery {
 public:
  // The metric is the index's; without an index the one that spectradb_distance() has, too.
  static Result<std::unique_ptr<RankedQuery>> make(const temporal::IndexSchema* index,
                                                   const temporal::Value& asked,
                                                   const temporal::Value& effort);

  Result<double> distance(const temporal::Value& value) override;
  bool wants_all() const override { return !effort_; }

  const std::vector<float>& floats() const { return floats_; }  // of a query with an index
  Metric metric() const { return *metric_; }
  double effort() const { return *effort_; }
  VectorEntries& entries() const { return *entries_; }

 private:
  std::string asked_;  // the vector, as a BLOB
  VectorView view_;
  std::vector<float> floats_;
  std::optional<Metric> metric_;
  Effort effort_;
  VectorEntries* entries_ = nullptr;
};

Result<std::unique_ptr<RankedSearch>> search_vectors(RankedQuery& query, RankedSpace space);

}  // namespace spectradb::extension

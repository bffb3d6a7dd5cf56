// The group of history runs that a compaction or a merge writes: each version goes to the run of its time
// node. As TableOutput, it removes what it wrote unless the outputs are kept. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "lsm/table/history.h"
#include "lsm/table/table_output.h"

namespace spectradb::lsm {

class HistoryOutput {
 public:
  HistoryOutput(TableOutputOptions options, TimeNodes nodes, std::function<uint64_t()> new_number)
      : options_(std::move(options)), nodes_(nodes), new_number_(std::move(new_number)) {}

  Status add(const VersionIterator& version, uint64_t recency, const VersionBounds& valid) {
    std::unique_ptr<TableOutput>& run = runs_[nodes_.node_of(version.commit(), recency)];
    if (run == nullptr) run = std::make_unique<TableOutput>(options_, new_number_);
    return run->add(version, recency, valid);
  }

  Status finish() {
    for (const auto& [node, run] : runs_) SPECTRADB_RETURN_IF_ERROR(run->finish());
    return Status::ok();
  }

  // Hands over the runs, in the order of their time. The caller has called finish() before.
  std::vector<std::unique_ptr<TableOutput>> release() {
    std::vector<std::unique_ptr<TableOutput>> released;
    for (auto& [node, run] : runs_) released.push_back(std::move(run));
    runs_.clear();
    return released;
  }

 private:
  const TableOutputOptions options_;
  const TimeNodes nodes_;
  const std::function<uint64_t()> new_number_;
  std::map<uint64_t, std::unique_ptr<TableOutput>> runs_;
};

}  // namespace spectradb::lsm

// Makes the entries of an index on JSON arrays: one for each distinct element.
#pragma once

#include <memory>
#include <vector>

#include "extension/host/query.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

class Connection;

class ElementMaker final : public temporal::EntryMaker {
 public:
  explicit ElementMaker(Connection& connection) : connection_(connection) {}

  const std::vector<temporal::IndexPart>& parts() const override { return parts_; }
  // Makes the entries. kInvalid with SQLite's message for text that is not JSON. NULL has no elements, and
  // a NULL element has no entry.
  Status make(temporal::EntrySpace* space, std::span<const temporal::Value> values,
              std::vector<temporal::IndexEntry>* entries) override;

 private:
  Connection& connection_;
  const std::vector<temporal::IndexPart> parts_{{temporal::IndexPart::kNoColumn}};
  std::unique_ptr<Query> elements_;  // made when there is something to read
};

}  // namespace spectradb::extension

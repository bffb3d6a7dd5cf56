// One ON CONFLICT of an INSERT, as the hidden column _upsert passes it to the table.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "extension/session/upsert.h"
#include "extension/write/writer.h"

namespace spectradb::extension {

struct Writer::ConflictClause {
  std::optional<std::vector<int>> columns;  // the columns that it names, sorted; none: any constraint
  std::shared_ptr<Upsert> update;           // null for DO NOTHING
};

}  // namespace spectradb::extension

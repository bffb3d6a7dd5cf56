// One ON CONFLICT of an INSERT, as the table is told of it in the hidden column _upsert.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "extension/session/upsert.h"
#include "extension/write/writer.h"

namespace spectradb::extension {

struct Writer::ConflictClause {
  std::optional<std::vector<int>> columns;  // that it names, sorted; none: whatever constraint it is
  std::shared_ptr<Upsert> update;           // null for DO NOTHING
};

}  // namespace spectradb::extension

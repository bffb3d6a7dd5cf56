#include "extension/facets/json_elements/element_maker.h"

#include <algorithm>

#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

Status ElementMaker::make(temporal::EntrySpace* space, std::span<const temporal::Value> values,
                          std::vector<temporal::IndexEntry>* entries) {
  (void)space;
  if (values.front().is_null()) return Status::ok();
  if (elements_ == nullptr)
    elements_ = std::make_unique<Query>(connection_.handle(), "SELECT value FROM json_each(?1)");
  const QueryScope scope(*elements_);
  elements_->bind(1, values.front());
  const size_t first = entries->size();
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, elements_->step());
    if (!row) break;
    if (elements_->is_null(0)) continue;  // NULL equals nothing
    temporal::IndexEntry entry;
    temporal::append_index_part(entry.key, from_sqlite(sqlite3_column_value(elements_->statement(), 0)),
                                parts_.front());
    entries->push_back(std::move(entry));
  }
  std::sort(entries->begin() + static_cast<long>(first), entries->end());
  entries->erase(std::unique(entries->begin() + static_cast<long>(first), entries->end()), entries->end());
  return Status::ok();
}

}  // namespace spectradb::extension

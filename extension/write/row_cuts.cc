#include "extension/write/row_cuts.h"

#include <optional>
#include <utility>

#include "extension/table/table.h"
#include "extension/write/foreign_keys.h"

namespace spectradb::extension {

Status RowCuts::begin() {
  cuts_.clear();
  displaced_.clear();
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<const ForeignKeyLinks> found,
                             table_.database().foreign_keys().acting_on(table_.schema().id));
  referring_ = std::move(found);
  return Status::ok();
}

Status RowCuts::note(std::string_view key, const temporal::Period& period, const temporal::Period* successor,
                     const std::vector<temporal::Value>& row) {
  if (referring_ == nullptr) return Status::ok();
  for (const std::shared_ptr<ForeignKeyLink>& link : *referring_) {
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest_.in(period));
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> pieces,
                               pieces_of(*rows, *link->parent, link->parent_columns, key));
    std::optional<KeptPiece> next;
    if (successor != nullptr) {
      next.emplace();
      next->valid = *successor;
      for (const int column : link->parent_columns) next->values.add(row[static_cast<size_t>(column)]);
    }
    for (KeptPiece& piece : pieces) {
      const bool is_kept = next && next->valid.from.us <= piece.valid.from.us &&
                           piece.valid.to.us <= next->valid.to.us &&
                           are_equal(next->values.values(), piece.values.values());
      if (!is_kept) cuts_.push_back({link, std::move(piece), next, false});
    }
  }
  return Status::ok();
}

Status RowCuts::note_displaced(std::string_view key, const temporal::Period& period) {
  if (referring_ == nullptr) return Status::ok();
  for (const std::shared_ptr<ForeignKeyLink>& link : *referring_) {
    SPECTRADB_ASSIGN_OR_RETURN(auto* rows, latest_.in(period));
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeptPiece> pieces,
                               pieces_of(*rows, *link->parent, link->parent_columns, key));
    for (KeptPiece& piece : pieces) displaced_.push_back({link, std::move(piece), std::nullopt, true});
  }
  return Status::ok();
}

ForeignKeyActions::Outcome RowCuts::follow_displaced() {
  return table_.database().foreign_keys().actions().follow(std::exchange(displaced_, {}));
}

ForeignKeyActions::Outcome RowCuts::follow() {
  return table_.database().foreign_keys().actions().follow(std::exchange(cuts_, {}));
}

}  // namespace spectradb::extension

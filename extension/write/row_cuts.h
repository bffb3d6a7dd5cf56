// What writing one row takes away from keys that other rows refer to, for ON DELETE and ON UPDATE of their foreign keys
// (foreign_key_actions.h). Notes it before the facts are appended, and carries it out afterwards. Kept from row to row;
// used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/session/latest_rows.h"
#include "extension/write/foreign_key_actions.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Table;

class RowCuts {
 public:
  // Both stay alive.
  RowCuts(Table& table, LatestRows& latest) : table_(table), latest_(latest) {}

  // To be called before each row.
  Status begin();
  // What stands at a key in a period is about to go. With a successor, `row` takes its place there.
  Status note(std::string_view key, const temporal::Period& period, const temporal::Period* successor,
              const std::vector<temporal::Value>& row);
  bool are_none() const { return cuts_.empty(); }
  ForeignKeyActions::Outcome follow();

 private:
  Table& table_;
  LatestRows& latest_;
  std::shared_ptr<const ForeignKeyLinks> referring_;  // that do more than check; null for none
  std::vector<CutPiece> cuts_;
};

}  // namespace spectradb::extension

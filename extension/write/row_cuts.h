// Collects what writing one row takes away from keys that other rows refer to, for ON DELETE and ON UPDATE of
// their foreign keys (foreign_key_actions.h). It is noted before the facts are appended, and carried out
// afterwards. Reused from row to row; used by the thread that uses the connection.
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
  // `table` and `latest` stay alive.
  RowCuts(Table& table, LatestRows& latest) : table_(table), latest_(latest) {}

  // Call it before each row.
  Status begin();
  // Notes that what a key shows in a period is about to be removed. With a successor, `row` replaces it in
  // that period.
  Status note(std::string_view key, const temporal::Period& period, const temporal::Period* successor,
              const std::vector<temporal::Value>& row);
  // Notes that REPLACE deletes what another key than the written one shows in a period.
  Status note_displaced(std::string_view key, const temporal::Period& period);
  bool are_none() const { return cuts_.empty(); }
  ForeignKeyActions::Outcome follow();
  // What is displaced goes before the new row comes, which may look the same to those that refer to it.
  ForeignKeyActions::Outcome follow_displaced();

 private:
  Table& table_;
  LatestRows& latest_;
  std::shared_ptr<const ForeignKeyLinks> referring_;  // foreign keys that do more than check; null for none
  std::vector<CutPiece> cuts_;
  std::vector<CutPiece> displaced_;
};

}  // namespace spectradb::extension

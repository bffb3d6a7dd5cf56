// ON CONFLICT in a definition: what a violated constraint does where the statement has no OR action.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/schema.h"

namespace spectradb::extension {

enum class ConflictAction : uint8_t { kAbort, kRollback, kFail, kIgnore, kReplace };

const char* conflict_word(ConflictAction action);

struct ConflictActions {
  struct Unique {
    std::vector<int> columns;  // columns of the constraint, in its order
    ConflictAction action = ConflictAction::kAbort;
  };

  ConflictAction key = ConflictAction::kAbort;
  std::vector<ConflictAction> not_null;  // by column
  std::vector<Unique> unique;            // only constraints with an action

  // Whether no constraint has an action of its own, so that all abort.
  bool are_usual() const;
  // Returns the action that only SQLite itself can carry out, and only for a statement that names it: to skip
  // the row uncounted, to keep the rows before it, or to end the transaction. Nothing where no constraint has
  // one; kInvalid where there are several.
  Result<std::optional<ConflictAction>> of_statement() const;
  ConflictAction of_unique(const std::vector<int>& columns) const;
};

// Reads the actions of column and constraint definitions, as written. SQLite also accepts one behind CHECK,
// and ignores it.
ConflictActions read_conflict_actions(const std::vector<std::string>& definitions,
                                      const temporal::TableSchema& schema);

}  // namespace spectradb::extension

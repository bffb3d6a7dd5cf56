// ON CONFLICT inside a definition: what a violated constraint does where the statement does not say it (INSERT OR …).
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
    std::vector<int> columns;  // of the constraint, in its order
    ConflictAction action = ConflictAction::kAbort;
  };

  ConflictAction key = ConflictAction::kAbort;
  std::vector<ConflictAction> not_null;  // by column
  std::vector<Unique> unique;            // those that say something

  // Whether every constraint aborts, as without a word.
  bool are_usual() const;
  // The action that only SQLite itself can carry out, and only for a statement that says it: to leave the row out
  // uncounted, to keep the rows before it, to end the transaction. None where there is no such; kInvalid where there are
  // several.
  Result<std::optional<ConflictAction>> of_statement() const;
  ConflictAction of_unique(const std::vector<int>& columns) const;
};

// Of column and constraint definitions, as written. SQLite reads it behind CHECK, too, and does nothing with it.
ConflictActions read_conflict_actions(const std::vector<std::string>& definitions,
                                      const temporal::TableSchema& schema);

}  // namespace spectradb::extension

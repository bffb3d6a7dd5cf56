// How far a consumer of changes has read: a commit's number with the store's token for it,
// "7:00c0ffee00c0ffee". Numbers alone are used again where a database is restored from an older copy; the
// token reveals that. Any thread; the database is used by its connection's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "extension/session/database.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct CommitCursor {
  uint64_t commit = 0;
  uint64_t token = 0;

  std::string text() const;
};

// Returns nothing where the value is no text of that form.
std::optional<CommitCursor> read_commit_cursor(const temporal::Value& value);

// Returns the cursor of an existing commit; nothing for one that is under way, or for none.
Result<std::optional<CommitCursor>> cursor_of_commit(Database& database, uint64_t commit);

// kInvalid where the database has no such commit, or another one with that number.
Status check_cursor(Database& database, const CommitCursor& cursor, uint64_t snapshot);

}  // namespace spectradb::extension

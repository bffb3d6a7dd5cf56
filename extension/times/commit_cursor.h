// Where a consumer of changes is: the number of a commit with the store's token for it, "7:00c0ffee00c0ffee". Numbers alone
// begin again where a database is put back from an older copy; with the token, that is noticed. Any thread; the database
// is used by its connection's.
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

// Nothing where the value is no text of that form.
std::optional<CommitCursor> read_commit_cursor(const temporal::Value& value);

// Of a commit that there is; nothing for one that is under way, or none.
Result<std::optional<CommitCursor>> cursor_of_commit(Database& database, uint64_t commit);

// kInvalid where the database has no such commit, or another one of that number.
Status check_cursor(Database& database, const CommitCursor& cursor, uint64_t snapshot);

}  // namespace spectradb::extension

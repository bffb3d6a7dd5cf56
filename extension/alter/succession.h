// A table that is made anew in the transaction which drops it goes on as the same table: that is how mappers
// change a column (CREATE a new one, INSERT … SELECT, DROP the old one, RENAME; or copy aside, DROP, CREATE,
// copy back). The definition is the new one, the history is the old one's; what the copy changed is a fact of
// this commit. The new table is one of its own until the transaction commits: then its rows are compared with
// those that the old one shows, and the old one's id becomes its own. Used by the thread that uses the
// connection.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "extension/schema/definition.h"
#include "extension/session/database.h"

namespace spectradb::extension {

// A temporal table that the transaction dropped.
struct DroppedTable {
  std::shared_ptr<Database> database;
  std::string name;       // when the transaction began, or of one that it made: when it was dropped
  Definition definition;  // when it was dropped
  bool
      has_history;  // whether it is older than the transaction; else its successor has to be temporal, and no more
};

// The table that is dropped or renamed must tell of it here.
void note_drop(std::shared_ptr<Database> database, const Definition& definition);
void note_rename(Database& database, uint32_t id, const std::string& old_name, const std::string& new_name);

// The table that one of this name would succeed, one with a history before others; null for none.
Result<std::shared_ptr<const DroppedTable>> find_dropped(Database& database, const std::string& name);

// kInvalid where a new table cannot go on with what the one of its name has, that this transaction dropped.
Status check_successor(Database& database, const Definition& definition);

// When the transaction commits: whatever was dropped and has a successor gets it. kInvalid where that is an
// ordinary table.
Status settle_successions(Database& database);

}  // namespace spectradb::extension

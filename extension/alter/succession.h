// A table that is made anew in the transaction which drops it goes on as the same table: that is how mappers
// change a column (CREATE a new one, INSERT … SELECT, DROP the old one, RENAME; or copy aside, DROP, CREATE,
// copy back). The definition is the new one, the history is the old one's; what the copy changed is a fact of
// this commit. The new table is one of its own until the transaction commits: then its rows are compared with
// those that the old one shows, and the old one's id becomes its own. Used by the thread that uses the
// connection.
#pragma once

#include "base/status.h"
#include "extension/schema/definition.h"
#include "extension/session/database.h"

namespace spectradb::extension {

// kInvalid where a new table cannot go on with what the one of its name has, that this transaction dropped.
Status check_successor(Database& database, const Definition& definition);

// When the transaction commits: whatever was dropped and has a successor gets it. kInvalid where that is an
// ordinary table.
Status settle_successions(Database& database);

}  // namespace spectradb::extension

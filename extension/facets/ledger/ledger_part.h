// Writes the ledger's entries inside the transactions whose commits they are of. Used by the thread that uses the
// connection.
#pragma once

#include <memory>

#include "extension/facet/commit_part.h"

namespace spectradb::extension::ledger {

std::unique_ptr<CommitPart> make_ledger_part(Database& database);

}  // namespace spectradb::extension::ledger

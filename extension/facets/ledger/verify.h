// Recomputes the ledger from what is stored: the facts in the store, and the times, notes and catalog in SQLite's file.
// Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "extension/facets/ledger/digest.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

// Returns 'ok', or one sentence: the first commit that differs from its entry, and in what. With a digest that was
// taken earlier, the history up to it must also be the one it was taken of.
Result<std::string> verify(const std::shared_ptr<Database>& database, const std::optional<Digest>& digest);

}  // namespace spectradb::extension::ledger

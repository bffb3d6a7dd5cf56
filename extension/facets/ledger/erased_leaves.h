// What an erasure does to the ledger: the leaves of facts are kept while the facts are there, and their salts forgotten with
// them. Used by the thread that uses the connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/facets/ledger/erased_facts.h"

namespace spectradb::extension::ledger {

// Keeps the leaves of the facts of some keys, with their entry. `keys` are sorted, `facts` all facts of theirs. The open
// transaction is the caller's.
Status keep_leaves(const std::shared_ptr<Database>& database, const std::vector<std::string>& keys,
                   std::vector<ErasedFact> facts);

// Forgets the salts of all facts whose leaves are kept by erasures that have begun.
Status forget_salts(Database& database);

}  // namespace spectradb::extension::ledger

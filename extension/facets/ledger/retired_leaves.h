// What a retirement does to the ledger. Before facts go, their hashes are kept and an entry tells them; the store then leaves
// out exactly these; their salts are forgotten behind that. Where it is interrupted, the facts and the salts that are left
// are known by their hashes, and the next retirement goes on. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>

#include "base/status.h"
#include "lsm/base/horizons.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

struct Retiring {
  uint64_t entry = 0;   // that tells them; 0: no fact of the ledger goes
  lsm::Horizons going;  // exactly these
  bool has_more =
      false;  // there are others, for another round: these are as many of a commit as its row can hold
};

// Keeps the hashes of all facts behind horizons, and finds those that an interrupted retirement has left. The open
// transaction is the caller's. kCorrupt where the ledger is not what it was.
Result<Retiring> keep_retired(const std::shared_ptr<Database>& database, const lsm::Horizons& behind);

// Forgets the salts of the facts that an entry tells, once they are gone. The open transaction is the caller's. kBusy: some
// are there.
Status finish_retired(const std::shared_ptr<Database>& database, const Retiring& retiring);

// Forgets the salts of facts that were to go when their table or index was dropped, once the store has given them up. The open
// transaction is the caller's.
Status finish_dropped(Database& database);

// Note in an entry that a horizon was raised, of system time or of valid time, where there is a ledger. The open
// transaction is the caller's.
Status tell_retirements(Database& database);
Status tell_valid_retirements(Database& database);

}  // namespace spectradb::extension::ledger

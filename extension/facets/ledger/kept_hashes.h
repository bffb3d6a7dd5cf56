// What the ledger keeps of the facts of a commit that are not there any more, erased ones and retired ones: hashes by which
// the roots of its trees can still be computed. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "extension/facets/ledger/merkle.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

// The hash of a leaf, or of the subtree of 2^level leaves that begins with it.
struct KeptHash {
  uint64_t place = 0;  // of the first leaf, among all facts of the commit
  Hash hash{};
  uint32_t level = 0;

  uint64_t count() const { return uint64_t{1} << level; }
};

struct KeptHashes {
  std::vector<KeptHash> hashes;  // by place
  std::unordered_map<uint32_t, uint64_t>
      whole;                   // parts all of whose facts are retired, so many: none has a hash
  bool is_unfinished = false;  // retired facts may still be there, with their salts
};

// Adds one where it fits; where it does not the tree stays smaller than it was.
void add_kept(MerkleTree* tree, const KeptHash& kept);

using KeptHashesOfCommits = std::unordered_map<uint64_t, KeptHashes>;
Result<KeptHashesOfCommits> read_kept_hashes(Database& database, uint64_t first_commit, uint64_t last_commit);

}  // namespace spectradb::extension::ledger

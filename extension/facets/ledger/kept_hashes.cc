#include "extension/facets/ledger/kept_hashes.h"

#include <algorithm>

#include "extension/facets/ledger/erased_facts.h"
#include "extension/facets/ledger/retired_facts.h"
#include "extension/session/database.h"

namespace spectradb::extension::ledger {

void add_kept(MerkleTree* tree, const KeptHash& kept) {
  if (tree->size() % kept.count() == 0) tree->add_subtree(kept.hash, kept.count());
}

Result<KeptHashesOfCommits> read_kept_hashes(Database& database, uint64_t first_commit,
                                             uint64_t last_commit) {
  KeptHashesOfCommits commits;
  SPECTRADB_ASSIGN_OR_RETURN(ErasedFacts::Leaves erased,
                             ErasedFacts(database).leaves(first_commit, last_commit));
  for (auto& [commit, leaves] : erased) commits[commit].hashes = std::move(leaves);
  SPECTRADB_RETURN_IF_ERROR(
      RetiredFacts(database).visit(first_commit, last_commit, [&](const RetiredPart& part) {
        KeptHashes& of_commit = commits[part.commit];
        const std::vector<KeptHash>& known = part.known();
        if (known.empty()) of_commit.whole[part.table_id] = part.facts;
        of_commit.hashes.insert(of_commit.hashes.end(), known.begin(), known.end());
        of_commit.is_unfinished = of_commit.is_unfinished || part.pending;
        return Status::ok();
      }));
  for (auto& [commit, kept] : commits)
    std::sort(kept.hashes.begin(), kept.hashes.end(),
              [](const KeptHash& a, const KeptHash& b) { return a.place < b.place; });
  return commits;
}

}  // namespace spectradb::extension::ledger

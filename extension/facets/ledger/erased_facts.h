// What stays of erased facts: when and how long they held, and, where there is a ledger, the hashes of their leaves, by
// which the proofs of all others hold. An entry of the ledger tells each of these rows, and the erasures that they are of
// (record.h). Used by the thread that uses the connection.
//
//   _spectradb_erased(commit_no, ordinal, table_id, erasure_no, operation, valid_from, valid_to, system_to, place, leaf,
//                     entry, PRIMARY KEY (commit_no, ordinal, table_id))            made with the first erasure
//
//   table_id     begins the key of the fact: of a table, or of an index, whose facts have no operation
//   system_to    commit from which on newer facts cover all of it; NULL: none
//   place, leaf  among the facts of its commit; NULL where the commit has no entry
//   entry        that tells the row; NULL: there was no ledger
//
//   leaf of a row = SHA-256(0x00, hash of its values up to `leaf`, as notes whose name is the table's)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/kept_hashes.h"
#include "extension/facets/ledger/record.h"
#include "temporal/instant.h"

namespace spectradb::extension::ledger {

struct ErasedFact {
  uint64_t commit = 0;
  uint32_t ordinal = 0;
  uint32_t table_id = 0;
  int64_t erasure = 0;
  const char* operation = nullptr;  // null: an entry of an index
  temporal::Period valid;
  uint64_t system_to = 0;  // 0: none
  std::optional<KeptHash> leaf;
};

class ErasedFacts {
 public:
  static constexpr const char* kTable = "_spectradb_erased";

  explicit ErasedFacts(Database& database) : database_(database) {}

  Result<bool> are_there();
  Status create();
  // Adds those that are not there yet. The transaction is the caller's.
  Status add(const std::vector<ErasedFact>& facts);
  // Tells in an entry what none has told yet.
  Status tell(Entries& entries, uint64_t commit);

  using Leaves = std::unordered_map<uint64_t, std::vector<KeptHash>>;  // by commit; rising places
  Result<Leaves> leaves(uint64_t first_commit, uint64_t last_commit);
  // Those whose salts may be there: of erasures that are not finished.
  Result<Leaves> unfinished();

  struct Told {
    MerkleTree tree;
    uint64_t rows = 0;         // of tables, not of indexes
    uint64_t last_commit = 0;  // that a fact was of
    bool has_leaves = false;
  };
  // What each entry tells, and under 0 what none does.
  Result<std::unordered_map<uint64_t, Told>> told();

 private:
  Status insert(const std::vector<ErasedFact>& facts);
  Result<Leaves> read(const std::string& condition, uint64_t first, uint64_t last);

  Database& database_;
};

// The rows of _spectradb_erasures, in their order. visit(number of erasures, tree of them, commit before the erasure, stage)
using VisitErasure =
    std::function<Status(uint64_t count, const MerkleTree& tree, uint64_t after_commit, int64_t stage)>;
Status visit_erasures(Database& database, const VisitErasure& visit);

}  // namespace spectradb::extension::ledger

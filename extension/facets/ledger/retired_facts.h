// What stays of retired facts in a database with a ledger: for each part of a commit that lost some, the hashes by which its
// root can still be computed. Facts of a part that are retired side by side keep one hash together; a part that is retired
// as a whole keeps none, since its root stands in the commit's record. An entry of the ledger tells all of these rows, and all
// retirements (record.h). Used by the thread that uses the connection.
//
//   _spectradb_retired(commit_no, table_id, facts, hashes, entry, pending, PRIMARY KEY (commit_no, table_id))
//                                                                       made with the first retirement that has a ledger
//
//   table_id  begins the keys of the facts: of a table, or of an index
//   facts     so many are retired
//   hashes    empty: all of the part are retired
//   entry     that told the row last
//   pending   NULL once the facts are gone and their salts forgotten; before that the hashes as they were, and of each fact that
//             goes its own
//
//   hashes := (place:8 level:1 hash:32)*      of the subtree of 2^level leaves that begins at a place among all facts of the
//                                             commit; by place, numbers are big-endian
//   leaf of a row = SHA-256(0x00, hash of its values up to `hashes`, as notes whose name is the table's)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "extension/facets/ledger/entries.h"
#include "extension/facets/ledger/kept_hashes.h"
#include "extension/facets/ledger/record.h"

namespace spectradb::extension::ledger {

inline constexpr size_t kHashRowBytes = 8 + 1 + kHashBytes;
std::string encode_hashes(const std::vector<KeptHash>& hashes);
std::optional<std::vector<KeptHash>> decode_hashes(std::string_view bytes);  // nothing: these are none
// Joins neighbours into subtrees, as far as they are known; the part's leaves begin at place `first`.
std::vector<KeptHash> joined(const std::vector<KeptHash>& hashes, uint64_t first);
// Whether the hashes of `joined` are those of the subtrees that `parts` make.
bool are_joined_of(const std::vector<KeptHash>& joined, const std::vector<KeptHash>& parts);
uint64_t leaves_of(const std::vector<KeptHash>& hashes);

struct RetiredPart {
  uint64_t commit = 0;
  uint32_t table_id = 0;
  uint64_t facts = 0;
  std::vector<KeptHash> hashes;
  uint64_t entry = 0;
  std::optional<std::vector<KeptHash>> pending;

  // What a reader compares: facts whose hashes are pending may be there.
  const std::vector<KeptHash>& known() const { return pending ? *pending : hashes; }
};

class RetiredFacts {
 public:
  static constexpr const char* kTable = "_spectradb_retired";

  explicit RetiredFacts(Database& database) : database_(database) {}

  Result<bool> are_there();
  Status create();
  // By commit, then by table.
  using Visit = std::function<Status(RetiredPart part)>;
  Status visit(uint64_t first_commit, uint64_t last_commit, const Visit& visit);
  // Those whose facts may be there, of tables and indexes that are there; and of those that are not.
  Status visit_unfinished(const Visit& visit);
  Status visit_dropped(const Visit& visit);
  Result<bool> are_unfinished();
  // Writes rows, in the place of those that there are of the same parts.
  Status put(const std::vector<RetiredPart>& parts);
  // Tells in an entry all rows and all retirements; the unfinished ones of tables that are there bear its number then, which
  // this returns.
  Result<uint64_t> tell(Entries& entries, uint64_t commit);
  // Those that an entry told last, and no later one.
  Status visit_told(uint64_t entry, const Visit& visit);
  // The facts of these parts are gone, and their salts forgotten.
  using Parts = std::set<std::pair<uint64_t, uint32_t>>;  // commit and table id
  Status finish(const Parts& parts);

  // The record that an entry would have now, if it came behind this commit.
  Result<RetirementRecord> record(uint64_t commit);

 private:
  Status visit_where(const std::string& condition, uint64_t first, uint64_t last, const Visit& visit);
  Status insert(const std::vector<RetiredPart>& parts);
  Status set_entry(uint64_t entry);

  Database& database_;
};

}  // namespace spectradb::extension::ledger

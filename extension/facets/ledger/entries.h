// The ledger of a database: entries, one for each commit, one for each change of what the database says of its
// temporal tables, and one for facts that are erased. An entry's digest covers its record and the digest before it: a chain. The digests are also leaves of
// a tree (merkle.h), whose root tells the whole history in one hash. Used by the thread that uses the connection.
//
//   _spectradb_ledger(entry PRIMARY KEY, commit_no, record, digest, seed)    from 1 on; record.h; seed: of a commit's salts
//                                                                            (salts.h), NULL for a catalog, else empty
//   _spectradb_ledger_nodes(level, place, hash)                              roots of 256^level entries, for short proofs
//
//   digest of an entry = leaf of the tree: SHA-256(0x00, digest before (32 bytes of zero for the first), record)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "extension/facets/ledger/merkle.h"
#include "extension/facets/ledger/salts.h"
#include "extension/host/query.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

inline constexpr const char* kEntriesTable = "_spectradb_ledger";
inline constexpr const char* kNodesTable = "_spectradb_ledger_nodes";

struct Entry {
  uint64_t number = 0;  // 0: there is none
  uint64_t commit = 0;  // its own, or the last one before
  std::string record;
  Hash digest{};
  std::optional<std::string> seed;
};

Hash digest_of(const Hash& before, std::string_view record);

class Entries {
 public:
  explicit Entries(Database& database);

  Result<bool> are_kept();  // whether the database has a ledger
  Status create();
  Result<Entry> newest();               // number 0: none
  Result<Entry> find(uint64_t number);  // number 0: none
  // The entry of a commit; number 0 where it has none: it is older than the ledger.
  Result<Entry> of_commit(uint64_t commit);
  // The last entry that says what the catalog was, up to this one.
  Result<Entry> last_catalog(uint64_t until);
  // Adds an entry behind `last`, which becomes it.
  Status append(Entry* last, uint64_t commit, std::string record, const std::optional<std::string>& seed);
  // Replaces what is kept of the salts of a commit's facts.
  Status keep_salts(const Entry& entry, std::string_view kept);
  Status remove_behind(uint64_t number);
  // The root of `count` entries, which begin behind the first `first` ones. The entries are there.
  Result<Hash> root(uint64_t first, uint64_t count);
  Result<std::vector<Hash>> inclusion(uint64_t place, uint64_t count);  // of the entry behind `place` others
  Result<std::vector<Hash>> consistency(uint64_t old_count, uint64_t count);

 private:
  Result<Entry> ask(Query& query);
  Result<Hash> root_of_few(uint64_t first, uint64_t count);
  Result<std::optional<Hash>> node(uint64_t level, uint64_t place);
  Status add_nodes(uint64_t count);
  Status add_inclusion(uint64_t place, uint64_t first, uint64_t count, std::vector<Hash>* path);
  Status add_consistency(uint64_t old_count, uint64_t first, uint64_t count, bool is_known,
                         std::vector<Hash>* path);

  Database& database_;
  Query newest_;
  Query find_;
  Query insert_;
  Query digests_;
  Query node_;
};

}  // namespace spectradb::extension::ledger

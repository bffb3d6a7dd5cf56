// How much one round of a retirement takes. What stays of retired facts of a commit are hashes in rows of SQLite
// (retired_facts.h), so that no more of a commit go at once than the host allows a value to have bytes for, and no more at all
// than a row can hold, as far as they are no neighbours, whose hashes are joined. Used by the thread that uses the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/base/horizons.h"

namespace spectradb::extension::ledger {

class RetiringRound {
 public:
  explicit RetiringRound(sqlite3* db);

  // Counts hashes of facts of a commit that were retired before.
  void add_kept(uint64_t commit, size_t hashes);
  // Whether all facts of a key that are behind the horizon go in this round; else none does, since without the deletion of a
  // row what it deleted would be seen again.
  bool take(const std::vector<lsm::VersionId>& versions);
  // A commit that has facts for another round; nothing: there is none.
  const std::optional<uint64_t>& left() const { return left_; }

 private:
  bool has_room(uint64_t commit, uint64_t facts) const;

  uint64_t most_in_round_ = 0;                    // of a commit
  uint64_t most_ = 0;                             // of a commit, with those that are kept
  std::unordered_map<uint64_t, uint64_t> kept_;   // by commit
  std::unordered_map<uint64_t, uint64_t> taken_;  // by commit
  std::optional<uint64_t> left_;
};

// kInvalid: no round can take what is left of this commit.
Status too_many_hashes(uint64_t commit);

}  // namespace spectradb::extension::ledger

#include "extension/facets/ledger/retiring_round.h"

#include <algorithm>
#include <map>
#include <string>

#include "extension/facets/ledger/retired_facts.h"
#include "extension/host/own_limits.h"

namespace spectradb::extension::ledger {

namespace {

// Of each fact that goes a hash is pending, and another one may stay.
constexpr uint64_t kBytesOfRetiredFact = 2 * kHashRowBytes;
constexpr uint64_t kMostOtherBytes = 256;  // of a row, without its hashes

uint64_t facts_of_longest_row(sqlite3* db) {
  const auto bytes = static_cast<uint64_t>(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1));
  return bytes > kMostOtherBytes ? (bytes - kMostOtherBytes) / kBytesOfRetiredFact : 0;
}

uint64_t count_of(const std::unordered_map<uint64_t, uint64_t>& counts, uint64_t commit) {
  const auto found = counts.find(commit);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

RetiringRound::RetiringRound(sqlite3* db) : most_in_round_(facts_of_longest_row(db)) {
  const OwnLimits limits(db);
  most_ = facts_of_longest_row(db);
}

void RetiringRound::add_kept(uint64_t commit, size_t hashes) {
  if (hashes > 0) kept_[commit] += hashes;
}

// A key that has more facts than a round should have is a round of its own.
bool RetiringRound::has_room(uint64_t commit, uint64_t facts) const {
  const uint64_t taken = count_of(taken_, commit);
  if (taken > 0 && taken + facts > most_in_round_) return false;
  return count_of(kept_, commit) + taken + facts <= most_;
}

bool RetiringRound::take(const std::vector<lsm::VersionId>& versions) {
  std::map<uint64_t, uint64_t> facts;  // by commit
  for (const lsm::VersionId& version : versions) ++facts[version.commit];
  for (const auto& [commit, count] : facts) {
    if (has_room(commit, count)) continue;
    left_ = commit;
    return false;
  }
  for (const auto& [commit, count] : facts) taken_[commit] += count;
  return true;
}

Status too_many_hashes(uint64_t commit) {
  return Status::invalid("the ledger keeps the hashes of facts that are retired, and more of commit " +
                         std::to_string(commit) +
                         " than a row of SQLite can hold are superseded, here and there among others: what "
                         "is left of them keeps its space, and lies behind the horizon all the same");
}

}  // namespace spectradb::extension::ledger

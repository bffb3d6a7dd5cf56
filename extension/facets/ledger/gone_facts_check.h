// What entries of the ledger tell of erasures and retirements, compared with what SQLite's file says of them. Used by the
// thread that uses the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/facets/ledger/digest.h"
#include "extension/facets/ledger/record.h"

namespace spectradb::extension {
class Database;
}

namespace spectradb::extension::ledger {

class GoneFactsCheck {
 public:
  using Differ = std::function<void(uint64_t commit, std::string how)>;

  explicit GoneFactsCheck(Database& database) : database_(database) {}

  // Entries, in their order.
  void add(uint64_t number, const ErasureRecord& record) { erasures_.emplace_back(number, record); }
  void add(uint64_t number, const RetirementRecord& record) { retirements_.emplace_back(number, record); }

  // The ledger begins behind commit `begin` and ends with `last`. What differs is told to `differ`.
  Status check(uint64_t begin, uint64_t last, const Differ& differ);
  // Says how many facts are gone, behind 'ok'; with a digest, also since it was taken. After check().
  std::string text(const std::optional<Digest>& digest) const;
  // A sentence where an erasure or a retirement was begun and is not finished; else empty.
  Result<std::string> unfinished();

 private:
  Status check_erasures();
  Status check_erased_facts();
  Status check_retirements();
  Status check_retired_rows();
  std::string erased_text(const std::optional<Digest>& digest) const;
  std::string retired_text(const std::optional<Digest>& digest) const;

  Database& database_;
  uint64_t begin_ = 0;
  uint64_t last_ = 0;
  Differ differ_;
  std::vector<std::pair<uint64_t, ErasureRecord>> erasures_;  // with the numbers of their entries
  std::vector<std::pair<uint64_t, RetirementRecord>> retirements_;
  std::unordered_map<uint64_t, uint64_t> erased_rows_;  // as each entry of an erasure tells
};

}  // namespace spectradb::extension::ledger

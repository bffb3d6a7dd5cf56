// The keys in the store that go with rows: their own, and those of their entries in indexes. Used by the thread that uses
// the connection.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/ledger/erased_facts.h"
#include "extension/session/erasures.h"
#include "extension/session/fact_reader.h"

namespace spectradb::extension::erase {

inline constexpr size_t kIdBytesOfKey = 4;  // of a table's or an index's id, before the rest of a key

using ErasedKeys = std::map<std::string, int64_t>;  // with the number of the erasure

// kBusy: one of them was written in a commit behind `last_commit`.
Result<ErasedKeys> erased_keys(const std::shared_ptr<Database>& database,
                               const std::vector<Erasures::Record>& records, uint64_t last_commit);
// All facts of the keys.
Result<std::vector<ledger::ErasedFact>> facts_of(const std::shared_ptr<Database>& database,
                                                 const std::vector<Erasures::Record>& records,
                                                 const ErasedKeys& keys);

// Visits all versions of a key, the newest first.
template <typename Visit>
Status each_version(const FactReader& reader, std::string_view user_key, Visit visit) {
  const auto versions = reader.versions(0, UINT64_MAX);
  for (versions->seek_key(user_key); versions->valid() && versions->user_key() == user_key; versions->next())
    visit(*versions);
  return versions->status();
}

}  // namespace spectradb::extension::erase

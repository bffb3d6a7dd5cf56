// Collects the facts of an index that is being built, and gives them to the transaction's batch in the order
// of their keys: the entries of a row lie all over the index, and a batch takes a key fastest next to the last
// one. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/session/database.h"
#include "lsm/base/key_head.h"
#include "lsm/memory/write_batch.h"
#include "temporal/fact.h"

namespace spectradb::extension {

class SortedFacts {
 public:
  explicit SortedFacts(Database& database) : database_(database) {}

  // Adds a fact, and writes all that were added once they take much memory.
  Status add(std::string_view key, const temporal::Fact& fact);
  // Writes what was added; those of one key in the order in which they came.
  Status write();

 private:
  struct Place {
    lsm::KeyHead head;
    uint32_t begin = 0;  // of the key in bytes_; the fact follows it
    uint32_t key_size = 0;
    uint32_t fact_size = 0;
    lsm::VersionBounds valid;
  };
  std::string_view key_of(const Place& place) const {
    return std::string_view(bytes_).substr(place.begin, place.key_size);
  }

  Database& database_;
  std::string bytes_;
  std::vector<Place> places_;
};

}  // namespace spectradb::extension

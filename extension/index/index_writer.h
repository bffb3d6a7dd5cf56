// Updates the indexes of one temporal table while facts are appended to it, and finds violations of UNIQUE
// indexes. Works inside a write transaction; used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extension/session/latest_rows.h"
#include "temporal/fact.h"
#include "temporal/index_schema.h"
#include "temporal/row_codec.h"
#include "temporal/schema.h"

namespace spectradb::extension {

class LostStatements;

class IndexWriter {
 public:
  // The schema stays alive and unchanged.
  IndexWriter(Database& database, const temporal::TableSchema& schema);

  // Call it before a fact is appended: writes what the indexes must hold afterwards. `row` is null for a
  // delete.
  Status record(const std::vector<temporal::IndexSchema>& indexes, std::string_view user_key,
                const temporal::Period& period, const std::vector<temporal::Value>* row);

  // A piece of a row with another key than `own_key` that has the same values at a valid time inside the
  // period.
  struct Conflict {
    std::string user_key;
    temporal::Period piece;
  };
  Result<std::vector<Conflict>> conflicts(const temporal::IndexSchema& index, std::string_view own_key,
                                          const temporal::Period& period,
                                          const std::vector<temporal::Value>& row);

  // Writes the entries of a new index, for all rows that exist and ever existed. kConstraint, with SQLite's
  // sentence, when a unique index is violated.
  Status build(const temporal::IndexSchema& index);

 private:
  using Entries = std::vector<temporal::IndexEntry>;
  struct Piece {
    temporal::Period valid;
    std::vector<Entries> entries;  // one list for each index
  };

  Result<Entries> entries_of(const temporal::IndexSchema& index, std::string_view user_key,
                             std::string_view payload);
  Result<Entries> entries_of(const temporal::IndexSchema& index, std::string_view user_key,
                             const std::vector<temporal::Value>& row);
  class Space;
  void begin_write();
  Status check_transaction() const;
  Status read_values(const temporal::IndexSchema& index, std::string_view user_key, std::string_view payload);
  Status refused(const temporal::IndexSchema& index, const Status& status, const std::string& row) const;
  Result<Entries> made_entries(const temporal::IndexSchema& index, std::string_view user_key);
  Status put_made(const temporal::IndexSchema& index, const temporal::IndexEntry& entry,
                  const temporal::Period& period);
  Status teach(const temporal::IndexSchema& index);
  Status check_built(const temporal::IndexSchema& index);
  void put_past(const temporal::IndexSchema& index, const temporal::IndexEntry& entry);
  void put(const temporal::IndexEntry& entry, const temporal::Period& period);
  void put(std::string_view key, const temporal::Fact& fact);

  Database& database_;
  const temporal::TableSchema& schema_;
  temporal::RowReader reader_;
  LatestRows rows_;     // of the table
  LatestRows entries_;  // of the indexes
  LatestRows space_;    // of the indexes, for makers of entries
  std::vector<Piece> pieces_;
  std::vector<temporal::Value> values_;  // scratch
  std::string fact_;
  LostStatements& lost_;
  uint64_t transaction_ = 0;  // in which the entries are written
  uint64_t losses_ = 0;       // LostStatements::count() when that began
};

// "UNIQUE constraint failed: t.a, t.b"
std::string unique_failure(const temporal::TableSchema& schema, const temporal::IndexSchema& index);

}  // namespace spectradb::extension

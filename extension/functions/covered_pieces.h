// Finds what a fact covered: the rows that its key showed before it, within its valid period. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/table/temporal_tables.h"
#include "lsm/base/version_cursor.h"
#include "temporal/instant.h"

namespace spectradb::extension {

class CoveredPieces {
 public:
  explicit CoveredPieces(const TemporalTable& table)  // which stays alive and unchanged
      : table_(table), cells_(table), row_(table.schema), json_(table.schema, table.hidden) {}

  // `versions` must show all versions; it is sought at the key. The bytes of the key live until the next
  // find().
  Status find(lsm::VersionCursor& versions, std::string_view user_key, uint64_t commit, uint32_t ordinal,
              const temporal::Period& valid);

  bool has_pieces() const { return !pieces_.empty(); }

  // Gives the first covered row as a JSON object; NULL where there was none. Large rows are read again, from
  // the same versions.
  Status give_first(sqlite3_context* context, lsm::VersionCursor& versions);
  // Gives all as a JSON array in valid order: [{"_valid_from":…,"_valid_to":…,"row":…}, …].
  Status give_all(sqlite3_context* context, lsm::VersionCursor& versions);

 private:
  struct Piece {
    temporal::Period valid;
    uint64_t commit;  // of the fact whose row showed
    uint32_t ordinal;
    bool is_left_out;  // the payload is large and not in payloads_, but read again
    size_t payload_offset;
    size_t payload_size;
  };
  Result<std::string_view> payload_of(const Piece& piece, lsm::VersionCursor& versions) const;
  bool is_small(const Piece& piece) const;
  Result<std::string_view> first_row();  // a small one is made once for both columns that show it
  Status append_row(std::string& text, const Piece& piece, lsm::VersionCursor& versions);
  void append_bound(std::string& text, const temporal::Bound& bound);
  Status append_pieces(std::string& text, lsm::VersionCursor& versions);

  const TemporalTable& table_;
  RowCells cells_;
  temporal::RowReader row_;
  temporal::RowJsonWriter json_;
  std::string first_row_;  // of the first piece, when asked; else empty
  std::string text_;
  std::string_view user_key_;
  std::vector<temporal::Period> open_;  // what newer facts have not covered, while facts are read
  std::vector<temporal::Period> left_;
  std::vector<Piece> pieces_;
  std::string payloads_;
};

}  // namespace spectradb::extension

// Finds what differs between the rows of one key at two system times, over all valid time. A row that was
// written again with the values it had is no difference. One thread at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "base/status.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"
#include "temporal/schema.h"

namespace spectradb::temporal {

// The rows of one key over all valid time, in valid order; they do not overlap. Large payloads are not kept, but read
// again.
class RowsOfKey {
 public:
  struct Row {
    Period valid;
    uint64_t commit = 0;  // of the fact
    uint32_t ordinal = 0;
    bool is_left_out = false;
    size_t payload_offset = 0;
    size_t payload_size = 0;
  };

  // `rows` must read at one system time and all valid time.
  Status read(RowCursor& rows, std::string_view user_key);
  // The same, where `rows` stands at the first row of the key.
  Status take(RowCursor& rows, std::string_view user_key);
  void clear(std::string_view user_key);
  // The key has one row, for all time.
  void set(std::string_view user_key, uint64_t commit, uint32_t ordinal, std::string_view payload);
  const std::vector<Row>& rows() const { return rows_; }
  bool has_left_out() const { return has_left_out_; }
  // Returns the payload, if need be from `again`, which must show all versions; the view lives until that moves.
  Result<std::string_view> payload(const Row& row, lsm::VersionCursor& again) const;

 private:
  std::string user_key_;
  std::vector<Row> rows_;
  bool has_left_out_ = false;
  std::string payloads_;
};

struct DifferingPiece {
  Period valid;
  const RowsOfKey::Row* before = nullptr;  // null: no row
  const RowsOfKey::Row* after = nullptr;
};

class Difference {
 public:
  explicit Difference(const TableSchema& schema)  // the schema stays alive and unchanged
      : left_(schema), right_(schema), schema_(schema) {}

  // Appends the maximal pieces with the same before and after, in valid order. They point into `before` and
  // `after`. Large payloads are compared with the help of `again`, which must show all versions.
  Status find(std::string_view user_key, const RowsOfKey& before, const RowsOfKey& after,
              lsm::VersionCursor& again, std::vector<DifferingPiece>& pieces);

 private:
  struct Place {  // null: no row
    const RowsOfKey* rows;
    const RowsOfKey::Row* row;
  };
  Result<bool> is_same(const Place& a, const Place& b, lsm::VersionCursor& again);
  Result<std::string> digest_of(const Place& place, lsm::VersionCursor& again);

  RowReader left_;
  RowReader right_;
  const TableSchema& schema_;
  std::string_view user_key_;
};

}  // namespace spectradb::temporal

// Finds what differs between the rows of one key at two system times, over all valid time. A row that was
// written again with the values it had is no difference. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"
#include "temporal/schema.h"

namespace spectradb::temporal {

// The rows of one key over all valid time, in valid order; they do not overlap.
class RowsOfKey {
 public:
  struct Row {
    Period valid;
    size_t payload_offset = 0;
    size_t payload_size = 0;
  };

  // `rows` must read at one system time and all valid time.
  Status read(RowCursor& rows, std::string_view user_key);
  const std::vector<Row>& rows() const { return rows_; }
  std::string_view payload(const Row& row) const {
    return std::string_view(payloads_).substr(row.payload_offset, row.payload_size);
  }

 private:
  std::vector<Row> rows_;
  std::string payloads_;
};

struct DifferingPiece {
  Period valid;
  std::optional<std::string_view> before;  // payloads; nullopt: no row
  std::optional<std::string_view> after;
};

class Difference {
 public:
  explicit Difference(const TableSchema& schema)  // the schema stays alive and unchanged
      : left_(schema), right_(schema), schema_(schema) {}

  // Appends the maximal pieces with the same before and after, in valid order. They point into `before` and
  // `after`.
  Status find(std::string_view user_key, const RowsOfKey& before, const RowsOfKey& after,
              std::vector<DifferingPiece>& pieces);

 private:
  Result<bool> is_same(const std::optional<std::string_view>& a, const std::optional<std::string_view>& b);

  RowReader left_;
  RowReader right_;
  const TableSchema& schema_;
  std::string_view user_key_;
};

}  // namespace spectradb::temporal

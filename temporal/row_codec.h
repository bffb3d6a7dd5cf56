// Payloads: the columns of one row that its key does not already hold, one byte-counted value a column; the
// grammar stands in row_codec.cc and docs/format.md. A key column is written only where decoding the key
// would not give the value back exactly (1.0 beside 1 in a column without affinity, 'Ab' in a NOCASE key).
// Columns that were added to the table after a row are absent at the row's end; dropped columns keep their
// place (TableSchema::payload).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

// Appends the user key of a row. `values` has one entry for each schema column, affinity applied; for a table
// with a hidden key, `hidden_key` is its number.
void encode_key(std::string& out, const TableSchema& schema, const std::vector<Value>& values,
                int64_t hidden_key);

void encode_row(std::string& out, const TableSchema& schema, const std::vector<Value>& values);  // appends

// Reads columns of one row, and decodes a column only when it is asked for. Bind a row, then call column(i).
// Reuse for the next row costs no allocation once warm. The views returned live as long as the bound bytes,
// or until the next bind.
class RowReader {
 public:
  explicit RowReader(const TableSchema& schema);  // the schema stays alive and unchanged

  void bind(std::string_view user_key, std::string_view payload);
  // `index` is an index into schema.columns.
  Result<Value> column(int index) {
    const Value* value = nullptr;
    if (Status found = find(index, &value); !found) return found;
    return *value;
  }
  // Does the same without copying the value, for callers that read row after row.
  Status find(int index, const Value** value) {
    const auto [slot, is_key] = places_[static_cast<size_t>(index)];
    if (overrides_decoded_ && slot < (is_key ? key_decoded_ : std::min(payload_decoded_, absent_from_))) {
      *value = is_key ? &key_values_[slot] : &payload_values_[slot];
      return Status::ok();
    }
    return decode(index, value);
  }
  Result<int64_t> hidden_key();  // for tables without key columns

 private:
  Status decode(int index, const Value** value);
  Status decode_overrides();
  Status decode_payload_through(size_t slot);
  Status decode_key_through(size_t slot);
  Status value_from_before(int index, const Value** value);

  const TableSchema* schema_;
  struct Place {
    uint32_t slot;  // place in the key or in the payload
    bool is_key;
  };
  std::vector<Place> places_;  // of each schema column
  std::string_view user_key_;
  std::string_view key_rest_;      // what follows the key columns decoded so far
  std::string_view payload_rest_;  // what follows the payload columns decoded so far
  size_t key_decoded_ = 0;         // key columns decoded
  size_t payload_decoded_ = 0;     // payload columns decoded
  size_t absent_from_ = SIZE_MAX;  // from here on the row has no payload columns; found by decoding
  bool overrides_decoded_ = false;
  bool has_overrides_ = false;
  std::vector<Value> payload_values_;
  std::vector<Value> key_values_;
  std::vector<bool> key_is_override_;  // meaningful only with has_overrides_
  std::vector<std::string> key_scratch_;
  std::vector<std::string> computed_;  // bytes of generated columns that the row lacks
  Value value_from_before_;            // the last value computed for a column that the row lacks
};

}  // namespace spectradb::temporal

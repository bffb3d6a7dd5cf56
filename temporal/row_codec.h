// Payloads: the columns of one row that its key does not already say. One byte-counted value a column; the grammar stands in
// row_codec.cc and docs/format.md. A key column is written only where decoding the key would not give the value back
// exactly (1.0 beside 1 in a column without affinity, 'Ab' in a NOCASE key). Columns added to a table later are simply absent at the end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lsm/status.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

// The user key of a row. `values` has one entry a schema column, affinity applied; for a hidden key, `hidden_key` is its number.
void encode_key(std::string& out, const TableSchema& schema, const std::vector<Value>& values, int64_t hidden_key);

void encode_row(std::string& out, const TableSchema& schema, const std::vector<Value>& values);  // appends

// Reads columns of one row without decoding the others before they are asked for. Bind, then column(i). Reuse for
// the next row costs no allocation once warm. The views returned live as long as the bytes bound, or until the next bind.
class RowReader {
 public:
  explicit RowReader(const TableSchema& schema) : schema_(&schema) {}

  void bind(std::string_view user_key, std::string_view payload);
  Result<Value> column(int index);         // index into schema.columns; absent columns are NULL
  Result<int64_t> hidden_key();            // of tables without key columns

 private:
  Status decode_payload();
  Status decode_key();

  const TableSchema* schema_;
  std::string_view user_key_;
  std::string_view payload_;
  bool payload_decoded_ = false;
  bool key_decoded_ = false;
  std::vector<Value> payload_values_;
  std::vector<bool> payload_has_;
  std::vector<Value> key_values_;
  std::vector<std::string> key_scratch_;
};

}  // namespace spectradb::temporal

// Reads columns of rows that are as most rows are, with little work for each: what readers of many rows ask
// first. Overridden key columns, columns that a row lacks, escaped bytes and damage are RowReader's, so find()
// answers false there. Columns are found fastest in their order. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

class ColumnWalk {
 public:
  explicit ColumnWalk(const TableSchema& schema);

  void bind(std::string_view user_key, std::string_view payload) {
    key_ = user_key;
    payload_ = rest_ = payload;
    slot_ = 0;
  }
  // `column` is an index into schema.columns. The value's bytes lie in the bound ones. False: ask RowReader.
  bool find(int column, Value* value);

 private:
  enum class Kind : uint8_t {
    kPayload,
    kFirstKey,  // the first column of the key
    kOther,
  };
  struct Place {
    Kind kind = Kind::kOther;
    uint32_t slot = 0;
  };
  bool find_in_key(Value* value) const;
  std::vector<Place> places_;  // of each schema column
  std::string_view key_;
  std::string_view payload_;
  std::string_view rest_;  // from the value of slot_ on
  uint32_t slot_ = 0;
};

}  // namespace spectradb::temporal

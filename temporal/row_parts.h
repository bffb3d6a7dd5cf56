// Rows that are written without a copy of their large values: row_codec.h encodes what stands around these.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::temporal {

inline constexpr size_t kLargeValueBytes = 64u << 10;

// A large value that was not appended to a row.
struct LeftOut {
  size_t place;  // in what was appended to; what is there comes behind the value
  std::string_view bytes;
};

// Appends a row as encode_row() of row_codec.h does, but for its large values.
void encode_row(std::string& out, const TableSchema& schema, const std::vector<Value>& values,
                std::vector<LeftOut>* left_out);

// Returns both in parts that give the whole, one behind the other.
std::vector<std::string_view> join_parts(std::string_view out, const std::vector<LeftOut>& left_out);

}  // namespace spectradb::temporal

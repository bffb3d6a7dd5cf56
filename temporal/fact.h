// A fact as the store keeps it: the value bytes of one version are its valid period, its operation and its
// payload (a row, see row_codec.h). The version's commit and ordinal are its system time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "lsm/store/store.h"
#include "temporal/instant.h"

namespace spectradb::temporal {

enum class Operation : uint8_t { kPut, kDelete };

struct Fact {
  Period valid;
  Operation operation = Operation::kPut;
  std::string_view payload;  // empty for deletes
};

void encode_fact(std::string& out, const Fact& fact);  // appends
Result<Fact> decode_fact(std::string_view value);      // the payload points into value
// By far the most frequent fact: a row for all time. Its payload is everything behind the first byte.
inline bool is_row_for_all_time(std::string_view value) { return !value.empty() && value.front() == '\0'; }
inline bool is_delete_for_all_time(std::string_view value) { return value == std::string_view("\x01", 1); }

// Tells the store the only thing that it may know of a fact: its valid bounds.
const lsm::VersionProperties& fact_properties();

}  // namespace spectradb::temporal

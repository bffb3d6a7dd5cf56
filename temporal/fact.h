// A fact as the store keeps it: the value bytes of one version = valid period, operation, payload (a row, see
// row_codec.h). System time is the version's commit and ordinal, kept by the store.
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
// By far the most frequent fact: a row for all time, whose payload is all but the first byte.
inline bool is_row_for_all_time(std::string_view value) { return !value.empty() && value.front() == '\0'; }

// What the store may know of a fact: its valid bounds.
const lsm::VersionProperties& fact_properties();

}  // namespace spectradb::temporal

// The content of the hidden column _key: which piece of which key a row is, and whether it may be written.
// UPDATE and DELETE hand it back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "temporal/instant.h"

namespace spectradb::extension {

struct RowIdentity {
  temporal::Period piece;
  bool is_past = false;      // read at a system time; the past cannot be written
  bool is_portion = false;   // read through FOR PORTION OF
  uint64_t system_from = 0;  // of the fact; only with is_past: facts of one key at several system times are
  uint32_t ordinal = 0;      // separate rows
  std::string_view user_key;
};

void encode_identity(const RowIdentity& identity, std::string* out);  // replaces *out
std::optional<RowIdentity> decode_identity(std::string_view bytes);   // the key points into bytes

}  // namespace spectradb::extension

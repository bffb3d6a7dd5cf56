// User keys: the table id (4 bytes, big-endian), then every key column in an encoding that sorts as SQLite
// compares (NULL < numbers < text < blob) and is prefix-free, so that memcmp on whole keys is the order of
// the table. The byte grammar stands in key_codec.cc and docs/format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::temporal {

void append_table_id(std::string& out, uint32_t table_id);
uint32_t table_id_of(std::string_view user_key);

// Appends one key column. Equal values (1 and 1.0; 'A' and 'a' under NOCASE) give equal bytes.
void append_key_value(std::string& out, const Value& value, Collation collation);

// Takes the next column off `in` (which starts behind the table id or a previous column). The value is the
// canonical one of its class: whole numbers in the range of int64 as integers, NOCASE text folded. `scratch`
// holds text and blob bytes. kCorrupt when append_key_value makes no such bytes; never reads beyond `in`.
Status take_key_value(std::string_view& in, std::string& scratch, Value* value);
Result<Value> take_key_value(std::string_view& in, std::string& scratch);

// Takes the next column off `in` where it is a whole number that a double has exactly, as most integers are; else it
// takes nothing. For who reads many keys.
std::optional<int64_t> take_plain_integer(std::string_view& in);

// Turns a key prefix into the smallest byte string greater than every key that starts with it (for upper
// bounds).
std::string after_prefix(std::string_view prefix);
void append_after_prefix(std::string& out, std::string_view prefix);

}  // namespace spectradb::temporal

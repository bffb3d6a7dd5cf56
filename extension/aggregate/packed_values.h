// Several SQL values in one blob, as they pass through SQLite between a statement that was rewritten and the
// table that adds its rows up:
//
//   packed := value*
//   value  := 0 | 1 integer | 2 real | 3 length text | 4 length blob | 5
//
// One byte says what follows; integers, reals and lengths take eight, in the machine's order. 5 stands for a sum
// that no integer can hold. Such a blob is untrusted, since anybody can write one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "temporal/value.h"

namespace spectradb::extension {

void append_packed(std::string& out, const temporal::Value& value);
void append_overflow(std::string& out);

struct PackedValue {
  temporal::Value value;  // its bytes are those of the blob
  bool is_overflow = false;
};
// Takes the next value off; nothing where none can be read.
std::optional<PackedValue> take_packed(std::string_view& in);

}  // namespace spectradb::extension

#include "extension/host/numbers.h"

#include <string>

namespace spectradb::extension {

using temporal::Affinity;
using temporal::Value;

// SQLite's own conversion decides whether a number has a fraction.
Value integral(const Value& value) {
  if (value.type != Value::Type::kReal) return value;
  std::string scratch;
  return temporal::apply_affinity(value, Affinity::kInteger, scratch);
}

std::optional<int64_t> commit_number(const Value& value) {
  std::string scratch;
  const Value number = value.type == Value::Type::kText
                           ? temporal::apply_affinity(value, Affinity::kInteger, scratch)
                           : integral(value);
  if (number.type != Value::Type::kInteger) return std::nullopt;
  return number.integer;
}

}  // namespace spectradb::extension

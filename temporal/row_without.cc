#include "temporal/row_without.h"

#include <functional>

#include "temporal/row_values.h"

namespace spectradb::temporal {

bool append_row_without(std::string& out, std::string_view payload, const Value& value) {
  const bool has_bytes = value.type == Value::Type::kText || value.type == Value::Type::kBlob;
  if (!has_bytes || value.bytes.size() > payload.size()) return false;
  const char* const bytes = value.bytes.data();
  const std::less<> is_before;
  if (is_before(bytes, payload.data()) ||
      is_before(payload.data() + (payload.size() - value.bytes.size()), bytes))
    return false;
  std::string tag;
  lsm::put_varint(tag, kRowFirstBytes + 2 * value.bytes.size() + (value.type == Value::Type::kText ? 1 : 0));
  const auto begin = static_cast<size_t>(bytes - payload.data());
  if (begin < tag.size() || payload.substr(begin - tag.size(), tag.size()) != tag) return false;
  out.append(payload.substr(0, begin - tag.size()));
  out.push_back(static_cast<char>(kRowNull));
  out.append(payload.substr(begin + value.bytes.size()));
  return true;
}

}  // namespace spectradb::temporal

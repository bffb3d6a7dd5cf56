#include "extension/read/range.h"

#include <cstdint>
#include <cstring>
#include <utility>

#include "extension/host/api.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr char kMagic = 'R';
constexpr char kOnly = 1;

void append_bound(std::string& out, const Value& value) {
  out += static_cast<char>(value.type);
  if (value.type == Value::Type::kInteger) {
    out.append(reinterpret_cast<const char*>(&value.integer), sizeof value.integer);
  } else if (value.type == Value::Type::kReal) {
    out.append(reinterpret_cast<const char*>(&value.real), sizeof value.real);
  } else if (value.type != Value::Type::kNull) {
    const auto size = static_cast<uint32_t>(value.bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(value.bytes);
  }
}

template <typename T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

bool take_bound(std::string_view& in, Value& value) {
  if (in.empty() || static_cast<uint8_t>(in[0]) > static_cast<uint8_t>(Value::Type::kBlob)) return false;
  value.type = static_cast<Value::Type>(in[0]);
  in.remove_prefix(1);
  switch (value.type) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kInteger:
      return take(in, value.integer);
    case Value::Type::kReal:
      return take(in, value.real);
    default:
      break;
  }
  uint32_t size = 0;
  if (!take(in, size) || in.size() < size) return false;
  value.bytes = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

}  // namespace

std::optional<RangeText> range_form(const Value& name) {
  struct Name {
    std::string_view text;
    RangeForm form;
    bool is_only;
  };
  static constexpr Name kNames[] = {{"from", RangeForm::kFromTo, false},
                                    {"between", RangeForm::kBetween, false},
                                    {"symmetric", RangeForm::kSymmetric, false},
                                    {"contained", RangeForm::kContained, false},
                                    {"only from", RangeForm::kFromTo, true},
                                    {"only between", RangeForm::kBetween, true},
                                    {"only symmetric", RangeForm::kSymmetric, true}};
  if (name.type != Value::Type::kText) return std::nullopt;
  for (const Name& known : kNames) {
    if (known.text == name.bytes) return RangeText{known.form, known.is_only, {}, {}};
  }
  return std::nullopt;
}

std::string encode_range(const RangeText& range) {
  std::string out{kMagic, static_cast<char>(range.form), range.is_only ? kOnly : char{0}};
  append_bound(out, range.from);
  append_bound(out, range.to);
  return out;
}

std::optional<RangeText> decode_range(std::string_view bytes) {
  RangeText range;
  constexpr size_t kHeaderBytes = 3;
  if (bytes.size() < kHeaderBytes || bytes[0] != kMagic ||
      static_cast<uint8_t>(bytes[1]) > static_cast<uint8_t>(RangeForm::kContained) ||
      (bytes[2] != 0 && bytes[2] != kOnly))
    return std::nullopt;
  range.form = static_cast<RangeForm>(bytes[1]);
  range.is_only = bytes[2] == kOnly;
  bytes.remove_prefix(kHeaderBytes);
  if (!take_bound(bytes, range.from) || !take_bound(bytes, range.to) || !bytes.empty()) return std::nullopt;
  return range;
}

void Range::order() {
  if (form != RangeForm::kSymmetric) return;
  form = RangeForm::kBetween;
  if (from && to && *from > *to) std::swap(from, to);
}

bool Range::is_empty() const {
  return from && to && (form == RangeForm::kFromTo ? *from >= *to : *from > *to);
}

bool Range::admits(std::optional<int64_t> begins, std::optional<int64_t> ends) const {
  if (form == RangeForm::kContained) {
    const bool begins_inside = !from || (begins && *begins >= *from);
    const bool ends_inside = !to || (ends && *ends <= *to);
    return begins_inside && ends_inside;
  }
  if (is_empty()) return false;
  const bool ends_after = !from || !ends || *ends > *from;
  const bool begins_before = !to || !begins || (form == RangeForm::kFromTo ? *begins < *to : *begins <= *to);
  return ends_after && begins_before;
}

}  // namespace spectradb::extension

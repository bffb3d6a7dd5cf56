#include "tests/forge/fields.h"

#include <algorithm>
#include <utility>

#include "lsm/base/coding.h"
#include "lsm/table/packed_numbers.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

// Packs numbers in so many bits each, with the least and the bits that two earlier fields say; bits that do
// not fit are cut off.
std::string packed(const Field& field, uint64_t least, uint64_t bits) {
  std::string out;
  uint64_t held = 0;
  std::string bytes;
  const uint64_t width = std::min<uint64_t>(bits, lsm::PackedNumbers::kWordBits);
  uint64_t filled = 0;
  for (const Field& part : field.parts) {
    const uint64_t excess = part.number - least;
    for (uint64_t bit = 0; bit < width; ++bit) {
      held |= (excess >> bit & 1) << filled;
      if (++filled < 8) continue;
      out.push_back(static_cast<char>(held));
      held = filled = 0;
    }
  }
  if (filled > 0) out.push_back(static_cast<char>(held));
  return out;
}

uint64_t least_of(const Field& field) {
  uint64_t least = UINT64_MAX;
  for (const Field& part : field.parts) least = std::min(least, part.number);
  return least;
}

uint64_t bits_of(const Field& field) {
  uint64_t most = 0;
  for (const Field& part : field.parts) most = std::max(most, part.number);
  return field.parts.empty() ? 0 : lsm::PackedNumbers::bits_for(most - least_of(field));
}

std::string number_written(Form form, uint64_t number) {
  std::string out;
  switch (form) {
    case Form::kVarint:
      lsm::put_varint(out, number);
      break;
    case Form::kFixed32:
      lsm::put_fixed32(out, static_cast<uint32_t>(number));
      break;
    case Form::kFixed64:
      lsm::put_fixed64(out, number);
      break;
    default:
      out.push_back(static_cast<char>(number));
      break;
  }
  return out;
}

std::string parts_written(const std::vector<Field>& parts) {
  std::vector<std::string> of_parts(parts.size());
  const auto told = [&](size_t i) {
    const auto target = static_cast<size_t>(static_cast<int>(i) + parts[i].distance);
    const Field& field = parts[target];
    switch (parts[i].tells) {
      case Tells::kSize:
        return uint64_t{of_parts[target].size()};
      case Tells::kCount:
        return uint64_t{field.parts.size()};
      case Tells::kLeast:
        return field.parts.empty() ? uint64_t{0} : least_of(field);
      case Tells::kPlaceOfPart: {
        uint64_t place = 0;
        for (size_t part = 0; part < std::min(parts[i].part, field.parts.size()); ++part)
          place += written(field.parts[part]).size();
        return place;
      }
      default:
        return bits_of(field);
    }
  };
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].form == Form::kRaw || parts[i].form == Form::kParts) of_parts[i] = written(parts[i]);
  }
  std::vector<uint64_t> numbers(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].is_number()) continue;
    const bool follows = parts[i].tells != Tells::kNothing && !parts[i].is_given;
    numbers[i] = follows ? told(i) : parts[i].number;
    of_parts[i] = number_written(parts[i].form, numbers[i]);
  }
  // The least and the bits, which say how numbers are packed, precede them in this order.
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].form != Form::kPacked) continue;
    uint64_t least = least_of(parts[i]);
    uint64_t bits = bits_of(parts[i]);
    for (size_t before = 0; before < i; ++before) {
      if (static_cast<int>(before) + parts[before].distance != static_cast<int>(i)) continue;
      if (parts[before].tells == Tells::kLeast) least = numbers[before];
      if (parts[before].tells == Tells::kBits) bits = numbers[before];
    }
    of_parts[i] = packed(parts[i], least, bits);
  }
  std::string out;
  for (const std::string& part : of_parts) out += part;
  return out;
}

}  // namespace

Field& Field::at(std::string_view wanted) {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const Field& one) { return one.name == wanted; });
  if (found == parts.end()) fail(name + " has no part " + std::string(wanted));
  return *found;
}

Field Field::of_number(std::string name, Form form, uint64_t number) {
  Field field;
  field.name = std::move(name);
  field.form = form;
  field.number = number;
  return field;
}

Field Field::of_bytes(std::string name, std::string_view bytes) {
  Field field;
  field.name = std::move(name);
  field.form = Form::kRaw;
  field.bytes = bytes;
  return field;
}

Field Field::of_parts(std::string name, std::vector<Field> parts) {
  Field field;
  field.name = std::move(name);
  field.parts = std::move(parts);
  return field;
}

Field Field::of_list(std::string name) {
  Field field = of_parts(std::move(name));
  field.is_list = true;
  return field;
}

Field Field::telling(std::string name, Form form, Tells tells, uint64_t number, int distance) {
  Field field = of_number(std::move(name), form, number);
  field.tells = tells;
  field.distance = distance;
  return field;
}

std::string written(const Field& field) {
  if (field.form == Form::kRaw) return field.bytes;
  if (field.is_number()) return number_written(field.form, field.number);
  return parts_written(field.parts);
}

uint64_t FieldReader::varint() {
  uint64_t number = 0;
  const char* const from = bytes_.data() + at_;
  const char* const end = lsm::decode_varint(from, bytes_.data() + bytes_.size(), &number);
  if (end == nullptr) fail("a number passes the end of a file that the store has written");
  at_ += static_cast<size_t>(end - from);
  return number;
}

uint64_t FieldReader::fixed(size_t size_bytes) {
  const std::string_view bytes = raw(size_bytes);
  uint64_t number = 0;
  for (size_t i = size_bytes; i > 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return number;
}

std::string_view FieldReader::raw(uint64_t size_bytes) {
  if (size_bytes > bytes_.size() - at_) fail("a field passes the end of a file that the store has written");
  const std::string_view bytes = bytes_.substr(at_, static_cast<size_t>(size_bytes));
  at_ += bytes.size();
  return bytes;
}

Field FieldReader::number(std::string name, Form form) {
  const uint64_t number = form == Form::kVarint    ? varint()
                          : form == Form::kFixed64 ? fixed(8)
                          : form == Form::kFixed32 ? fixed(4)
                                                   : fixed(1);
  return Field::of_number(std::move(name), form, number);
}

void FieldReader::bytes(const std::string& name, std::vector<Field>* to) {
  const uint64_t size_bytes = varint();
  to->push_back(Field::telling(name + "_size", Form::kVarint, Tells::kSize, size_bytes));
  to->push_back(Field::of_bytes(name, raw(size_bytes)));
}

}  // namespace spectradb::tests

#include "temporal/row_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "temporal/real_text.h"

namespace spectradb::temporal {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";
constexpr unsigned char kFirstPrintable = 0x20;
constexpr size_t kLargeTextBytes = 1u << 20;  // for a text of this size memory is taken at once

void append_hex(std::string& out, unsigned char byte) {
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    out += "\\u00";
    append_hex(out, byte);
  }
}

bool is_escaped(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < kFirstPrintable; }

// Makes room for a large text and what follows, so that its memory is taken once.
void reserve_more(std::string& out, size_t size_bytes) {
  constexpr size_t kBesides = 1024;
  const size_t size = size_bytes + kBesides;
  if (out.capacity() - out.size() < size) out.reserve(out.size() + size);
}

void reserve_string(std::string& out, std::string_view text) {
  size_t size = text.size();
  for (const char c : text) {
    if (is_escaped(c)) size += c == '"' || c == '\\' || c == '\n' || c == '\t' ? 1 : 5;
  }
  reserve_more(out, size);
}

// Appends what goes around a text and the text, in one piece; false where it is long, or has something to escape. Rows
// are mostly of short names and texts, for each of which the string is asked for room once so.
bool append_short(std::string& out, std::string_view before, std::string_view text, std::string_view behind) {
  std::array<char, 96> bytes;
  if (before.size() + text.size() + behind.size() > bytes.size()) return false;
  char* at = std::copy(before.begin(), before.end(), bytes.begin());
  unsigned escapes = 0;
  for (const char c : text) {
    escapes += is_escaped(c) ? 1 : 0;
    *at++ = c;
  }
  if (escapes > 0) return false;
  at = std::copy(behind.begin(), behind.end(), at);
  out.append(bytes.data(), static_cast<size_t>(at - bytes.data()));
  return true;
}

// Stretches of text without escapes are appended in one piece.
void append_string(std::string& out, std::string_view text) {
  if (append_short(out, "\"", text, "\"")) return;
  if (text.size() >= kLargeTextBytes) reserve_string(out, text);
  out += '"';
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (!is_escaped(c)) continue;
    out.append(text, begin, at - begin);
    append_escaped(out, c);
    begin = at + 1;
  }
  out.append(text, begin);
  out += '"';
}

void append_integer(std::string& out, int64_t integer) {
  std::array<char, 24> digits;
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), integer).ptr;
  out.append(digits.data(), static_cast<size_t>(end - digits.data()));
}

void append_real(std::string& out, double real) {
  if (std::isinf(real)) {
    out += real < 0 ? "-9e999" : "9e999";
    return;
  }
  std::array<char, 32> digits{};
  const auto end = write_real(digits.data(), digits.data() + digits.size(), real).ptr;
  const std::string_view text(digits.data(), static_cast<size_t>(end - digits.data()));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

void append_json(std::string& out, const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      out += "null";
      break;
    case Value::Type::kInteger:
      append_integer(out, value.integer);
      break;
    case Value::Type::kReal:
      append_real(out, value.real);
      break;
    case Value::Type::kText:
      append_string(out, value.bytes);
      break;
    case Value::Type::kBlob:
      if (value.bytes.size() >= kLargeTextBytes) reserve_more(out, 2 * value.bytes.size());
      out += "\"X'";
      for (const char c : value.bytes) append_hex(out, static_cast<unsigned char>(c));
      out += "'\"";
      break;
  }
}

namespace {

Result<Value> shown(RowReader& reader, size_t column, const std::vector<bool>& hidden) {
  if (!hidden.empty() && hidden[column]) return Value::null();
  return reader.column(static_cast<int>(column));
}

}  // namespace

Status append_row_json(std::string& out, const TableSchema& schema, RowReader& reader,
                       const std::vector<bool>& hidden) {
  out += '{';
  bool is_first = true;
  for (size_t index = 0; index < schema.columns.size(); ++index) {
    const Column& column = schema.columns[index];
    if (column.is_hidden) continue;
    if (!append_short(out, is_first ? "\"" : ",\"", column.name, "\":")) {
      if (!is_first) out += ',';
      append_string(out, column.name);
      out += ':';
    }
    is_first = false;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, shown(reader, index, hidden));
    if (column.is_json && value.type == Value::Type::kText) {
      if (value.bytes.size() >= kLargeTextBytes) reserve_more(out, value.bytes.size());
      out += value.bytes;
    } else {
      append_json(out, value);
    }
  }
  out += '}';
  return Status::ok();
}

Status append_key_json(std::string& out, const TableSchema& schema, RowReader& reader,
                       const std::vector<bool>& hidden) {
  out += '[';
  for (size_t position = 0; position < schema.key_columns.size(); ++position) {
    if (position > 0) out += ',';
    SPECTRADB_ASSIGN_OR_RETURN(const Value value,
                               shown(reader, static_cast<size_t>(schema.key_columns[position]), hidden));
    append_json(out, value);
  }
  out += ']';
  return Status::ok();
}

}  // namespace spectradb::temporal

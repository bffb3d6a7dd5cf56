#include "extension/facets/dump/sql_literal.h"

#include <algorithm>
#include <string_view>

#include "base/hex.h"
#include "temporal/row_json.h"

namespace spectradb::extension::dump {

using temporal::Value;

namespace {

// For SQLite a text in quotes ends at a zero byte. Memory for a large text is taken once.
void append_text_literal(std::string& out, std::string_view text) {
  constexpr size_t kLargeTextBytes = 1u << 20;
  constexpr size_t kBesides = 1024;
  constexpr std::string_view kZero = "'||char(0)||'";
  if (text.size() >= kLargeTextBytes) {
    const auto quotes = static_cast<size_t>(std::count(text.begin(), text.end(), '\''));
    const auto zeros = static_cast<size_t>(std::count(text.begin(), text.end(), '\0'));
    out.reserve(out.size() + text.size() + quotes + zeros * kZero.size() + kBesides);
  }
  out += '\'';
  for (;;) {
    const size_t end = text.find_first_of(std::string_view("'\0", 2));
    out.append(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += text[end] == '\'' ? std::string_view("''") : kZero;
    text.remove_prefix(end + 1);
  }
  out += '\'';
}

void append_blob_literal(std::string& out, std::string_view bytes) {
  out += "x'";
  append_hex(out, bytes);
  out += '\'';
}

}  // namespace

void append_literal(std::string& out, const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      out += "NULL";
      return;
    case Value::Type::kText:
      append_text_literal(out, value.bytes);
      return;
    case Value::Type::kBlob:
      append_blob_literal(out, value.bytes);
      return;
    default:
      temporal::append_json(out, value);  // writes numbers so that they are read back the same
  }
}

void append_literal(std::string& out, const temporal::Bound& bound) {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) {
    out += "NULL";
  } else if (bound.as_text) {
    append_text_literal(out, temporal::format_instant(bound.us));
  } else {
    out += std::to_string(bound.us);
  }
}

}  // namespace spectradb::extension::dump

#include "extension/facets/dump/sql_literal.h"

#include "base/hex.h"
#include "sql/shape/nested_statement.h"
#include "temporal/row_json.h"

namespace spectradb::extension::dump {

using temporal::Value;

namespace {

// For SQLite a text in quotes ends at a zero byte.
void append_text_literal(std::string& out, std::string_view text) {
  for (bool is_first = true;; is_first = false) {
    if (!is_first) out += "||char(0)||";
    const size_t zero = text.find('\0');
    out += sql::string_literal(text.substr(0, zero));
    if (zero == std::string_view::npos) return;
    text.remove_prefix(zero + 1);
  }
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

#include "sql/text/reader.h"

#include <algorithm>

namespace spectradb::sql {

std::string Reader::joined(Span span) const {
  std::string out;
  for (size_t i = span.begin; i < span.end; ++i) {
    const bool touches = i > span.begin && token(i).begin == token(i - 1).end;
    if (!out.empty() && !touches) out += ' ';
    out += text(i);
  }
  return out;
}

bool Reader::take_name(size_t& i, std::string& schema, std::string& name) const {
  if (!is_name(i)) return false;
  name = this->name(i++);
  if (!is_operator(i, ".")) return true;
  if (!is_name(i + 1)) return false;
  schema = std::move(name);
  name = this->name(i + 1);
  i += 2;
  return true;
}

bool Reader::is_reserved(size_t i) const {
  static constexpr std::string_view kWords[] = {
      "AS",        "ON",     "USING",   "JOIN",  "NATURAL", "LEFT",   "RIGHT",  "FULL",      "INNER",
      "CROSS",     "OUTER",  "WHERE",   "GROUP", "HAVING",  "ORDER",  "LIMIT",  "UNION",     "EXCEPT",
      "INTERSECT", "SET",    "INDEXED", "NOT",   "FROM",    "SELECT", "VALUES", "RETURNING", "THEN",
      "WHEN",      "ELSE",   "END",     "AND",   "OR",      "IN",     "IS",     "BETWEEN",   "COLLATE",
      "TO",        "OFFSET", "DESC",    "ASC",   "WINDOW",  "DEFAULT"};
  return is_any_word(i, kWords);
}

size_t Reader::behind_parenthesis(size_t i, size_t end) const {
  size_t depth = 0;
  for (; i < end; ++i) {
    if (is_operator(i, "(")) ++depth;
    if (is_operator(i, ")") && --depth == 0) return i + 1;
  }
  return end;
}

bool Reader::starts_expression(size_t i, size_t end) const {
  if (i >= end) return false;
  switch (kind(i)) {
    case TokenKind::kString:
    case TokenKind::kBlob:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
    case TokenKind::kQuoted:
      return true;
    case TokenKind::kOperator:
      return is_operator(i, "(") || is_operator(i, "-") || is_operator(i, "+") || is_operator(i, "~");
    case TokenKind::kWord:
      return !is_reserved(i);
    default:
      return false;
  }
}

size_t Reader::behind_operand(size_t i, size_t end) const {
  while (i < end && (is_operator(i, "-") || is_operator(i, "+") || is_operator(i, "~"))) ++i;
  if (i >= end || !starts_expression(i, end)) return i;
  if (is_operator(i, "(")) return behind_parenthesis(i, end);
  if (is_word(i, "CASE")) {
    size_t depth = 0;
    while (i < end && !is_operator(i, ")")) {
      if (is_operator(i, "(")) {  // what stands inside has an END of its own
        i = behind_parenthesis(i, end);
        continue;
      }
      if (is_word(i, "CASE")) ++depth;
      if (is_word(i, "END") && --depth == 0) return i + 1;
      ++i;
    }
    return i;
  }
  const bool may_be_call = kind(i) == TokenKind::kWord || kind(i) == TokenKind::kQuoted;
  ++i;
  if (!may_be_call) return i;
  while (i + 1 < end && is_operator(i, ".") && is_name(i + 1)) i += 2;
  return i < end && is_operator(i, "(") ? behind_parenthesis(i, end) : i;
}

size_t Reader::behind_expression(size_t i, size_t end) const {
  static constexpr std::string_view kOperators[] = {"+",  "-",   "*", "/", "%",  "||",
                                                    "->", "->>", "&", "|", "<<", ">>"};
  if (!starts_expression(i, end)) return i;
  for (;;) {
    i = behind_operand(i, end);
    const bool goes_on = i < end && kind(i) == TokenKind::kOperator &&
                         std::any_of(std::begin(kOperators), std::end(kOperators),
                                     [&](std::string_view op) { return text(i) == op; });
    if (!goes_on) return i;
    ++i;
  }
}

bool Reader::names_column(Span expression, bool is_in_trigger) const {
  static constexpr std::string_view kNoColumns[] = {
      "NULL",         "TRUE",         "FALSE",   "CURRENT_TIMESTAMP",
      "CURRENT_DATE", "CURRENT_TIME", "CASE",    "CAST",
      "WHEN",         "THEN",         "ELSE",    "END",
      "AND",          "OR",           "NOT",     "IS",
      "IN",           "LIKE",         "BETWEEN", "ESCAPE",
      "ISNULL",       "NOTNULL",      "EXISTS",  "DISTINCT",
      "FROM"};
  for (size_t i = expression.begin; i < expression.end; ++i) {
    if (is_operator(i, "(") && starts_query(i + 1)) {
      i = behind_parenthesis(i, expression.end) - 1;
      continue;
    }
    if (is_word(i, "AS")) {  // CAST(x AS UNSIGNED BIG INT)
      while (i + 1 < expression.end && is_name(i + 1)) ++i;
      continue;
    }
    if (is_word(i, "COLLATE")) {
      ++i;
      continue;
    }
    if (is_in_trigger && (is_word(i, "NEW") || is_word(i, "OLD")) && is_operator(i + 1, ".")) {
      i += 2;
      continue;
    }
    const bool may_name = kind(i) == TokenKind::kWord || kind(i) == TokenKind::kQuoted;
    if (may_name && !is_any_word(i, kNoColumns) && !is_operator(i + 1, "(")) return true;
  }
  return false;
}

bool Reader::is_sound() const {
  size_t depth = 0;
  for (size_t i = 0; i < size(); ++i) {
    if (kind(i) == TokenKind::kIllegal) return false;
    if (is_operator(i, "(")) ++depth;
    if (is_operator(i, ")") && depth-- == 0) return false;
  }
  return depth == 0 && !ends_in_open_comment();
}

// "/*" with nothing behind it is two operators, and what a rewriter puts behind it would become a comment.
bool Reader::ends_in_open_comment() const {
  return size() >= 2 && is_operator(size() - 2, "/") && is_operator(size() - 1, "*") &&
         token(size() - 2).end == token(size() - 1).begin && token(size() - 1).end == sql_.size();
}

}  // namespace spectradb::sql
